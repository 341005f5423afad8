/**
 * What EC2's refusal of one candidate means: another may do, all have to wait, or it is of no use
 * to go on. Codes are those of docs.aws.amazon.com/ec2/latest/devguide/ec2-api-error-codes.
 */
export type Refusal =
  /** `lasting` where it will be the same tomorrow. */
  | { means: "another"; why: string; lasting: boolean }
  | { means: "wait"; why: string; isThrottled: boolean }
  | { means: "never"; why: string };

const scarce: Record<string, string> = {
  InsufficientInstanceCapacity: "EC2 has no capacity",
  InsufficientCapacity: "EC2 has no capacity",
  InsufficientHostCapacity: "EC2 has no capacity",
  InsufficientFreeAddressesInSubnet: "the subnet has no free address",
  SpotMaxPriceTooLow: "spot capacity costs more than on demand",
  MaxSpotInstanceCountExceeded: "the quota of spot requests is used up",
  MaxSpotFleetRequestCountExceeded: "the quota of spot requests is used up",
};

const notOffered = new Set(["Unsupported", "InstanceTypeNotSupported"]);

const full: Record<string, string> = {
  VcpuLimitExceeded:
    'the quota of virtual processors ("Running On-Demand Standard instances" in Service Quotas, where it can be raised)',
  InstanceLimitExceeded:
    "the quota of instances of that type (in Service Quotas, where it can be raised)",
  VolumeLimitExceeded:
    'the quota of EBS storage ("Storage for General Purpose SSD volumes" in Service Quotas, where it can be raised)',
  MaxIOPSLimitExceeded:
    "the quota of provisioned IOPS of EBS (in Service Quotas, where it can be raised)",
};

/** Another call of this bake asks for the same at this moment, with other words. */
const mismatch = "IdempotentParameterMismatch";

const throttles = new Set(["RequestLimitExceeded", "Throttling", "ThrottlingException"]);

/** The code of an error of AWS's, or the name of any other. */
export const codeOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** Whether EC2 answers so when there is none to be had: with HTTP's status 500, some of it. */
export const isScarcity = (error: unknown): boolean => codeOf(error) in scarce;

/** Whether EC2 says that it is asked too often. */
export const isThrottle = (error: unknown): boolean => throttles.has(codeOf(error));

/** Whether a quota of the account is used up; in words, the quota. */
export const fullQuota = (code: string): string | undefined => full[code];

/** What a refusal of RunInstances, CreateVolume or AttachVolume means. */
export const refusal = (error: Error): Refusal => {
  const { name, message } = error;
  if (name === "InvalidParameterValue" && /InstanceType/.test(message)) {
    return { means: "another", why: "no instance type of that region", lasting: true };
  }
  if (notOffered.has(name)) {
    return { means: "another", why: "not offered in that zone", lasting: true };
  }
  if (scarce[name] !== undefined) {
    return { means: "another", why: scarce[name], lasting: false };
  }
  if (full[name] !== undefined) return { means: "wait", why: full[name], isThrottled: false };
  if (name === mismatch) {
    return { means: "wait", why: "another call of the same bake", isThrottled: false };
  }
  if (isThrottle(error)) {
    return { means: "wait", why: "EC2, which is asked too often just now", isThrottled: true };
  }
  return { means: "never", why: `${message} (${name})` };
};

interface Answered {
  $metadata?: { httpStatusCode?: number };
}

/** Of what was made just now, and is not known everywhere in EC2 yet. */
const lagging = new Set(["InvalidInstanceID.NotFound", "InvalidVolume.NotFound"]);

/**
 * Whether AWS is unwell, lags behind itself, or did not answer: what was asked may have been done,
 * or not, and is to be asked again.
 */
export const isUnwell = (error: unknown): boolean => isLagging(error) || isAway(error);

/** Whether EC2 does not know yet what it made. */
export const isLagging = (error: unknown): boolean => lagging.has(codeOf(error));

/** Whether AWS takes no more calls, failed by itself, or did not answer. */
export const isAway = (error: unknown): boolean => {
  if (isThrottle(error)) return true;
  if (!(error instanceof Error)) return false;
  const { httpStatusCode } = (error as Answered).$metadata ?? {};
  const transport = /^(?:ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN)$/;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return (httpStatusCode ?? 0) >= 500 || error.name === "TimeoutError" || transport.test(code);
};
