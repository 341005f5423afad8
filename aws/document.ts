import { readFileSync } from "node:fs";
import type { DocumentParameters } from "./document-parameters.ts";

type Name = keyof DocumentParameters;

const sha256 = "^[0-9a-f]{64}$";

/**
 * Values become part of the script's text, so that each has a pattern that holds it in its quotes:
 * environment variables, which would do without, are only for the newest SSM agents.
 */
const patterns: Record<Name, { description: string; allowedPattern: string }> = {
  bake: { description: "The bake's id.", allowedPattern: "^[a-z0-9-]{1,48}$" },
  bucket: { description: "The artifact bucket.", allowedPattern: "^[a-z0-9.-]{3,63}$" },
  prefix: {
    description: "The builder's folder of it.",
    allowedPattern: "^builders/[A-Z0-9]{1,64}:i-[0-9a-f]{8,17}/$",
  },
  region: { description: "Of the bucket.", allowedPattern: "^[a-z0-9-]{5,32}$" },
  agentSha256: { description: "Of agent.tar.gz in that folder.", allowedPattern: sha256 },
  orderSha256: { description: "Of job.json in that folder.", allowedPattern: sha256 },
  logGroup: { description: "Of agents' lines.", allowedPattern: "^[A-Za-z0-9_./#-]{1,512}$" },
  executionTimeout: {
    description: "Seconds after which the agent is ended.",
    allowedPattern: "^[1-9][0-9]{0,5}$",
  },
};

/** The script's variables, and what they are set to. */
const variables: Record<string, Exclude<Name, "executionTimeout">> = {
  OVENBIRD_BAKE: "bake",
  OVENBIRD_BUCKET: "bucket",
  OVENBIRD_PREFIX: "prefix",
  OVENBIRD_REGION: "region",
  OVENBIRD_AGENT_SHA256: "agentSha256",
  OVENBIRD_ORDER_SHA256: "orderSha256",
  OVENBIRD_LOG_GROUP: "logGroup",
};

const script = (): string[] => [
  ...Object.entries(variables).map(([variable, name]) => `${variable}='{{ ${name} }}'`),
  ...readFileSync("aws/bootstrap.sh", "utf8") // from the top, where stacks are made
    .trimEnd()
    .split("\n"),
];

/**
 * The content of the SSM document that starts the agent, of type Command, for the stack to deploy.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
 */
export const agentDocument = () => ({
  schemaVersion: "2.2",
  description: "Starts Ovenbird's agent, which bakes one image on this builder.",
  parameters: Object.fromEntries(
    Object.entries(patterns).map(([name, about]) => [name, { type: "String", ...about }]),
  ),
  mainSteps: [
    {
      action: "aws:runShellScript",
      name: "bake",
      precondition: { StringEquals: ["platformType", "Linux"] },
      inputs: { timeoutSeconds: "{{ executionTimeout }}", runCommand: script() },
    },
  ],
});
