/** What SendCommand gives the document; the function of the same stage makes it. */
export interface DocumentParameters {
  bake: string;
  bucket: string;
  prefix: string;
  region: string;
  agentSha256: string;
  orderSha256: string;
  logGroup: string;
  /** Seconds after which Systems Manager ends the agent. */
  executionTimeout: string;
}
