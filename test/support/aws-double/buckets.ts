import type { Clock } from "./clock.ts";

/** A token bucket: how many calls at once, and how many a second after that. */
export interface Bucket {
  /** That of one call, or of a group: `describing`, `mutating`. */
  name: string;
  burst: number;
  refill: number;
}

/**
 * EC2's buckets of one account and region, by API call; what is not here is in one of the groups.
 * Source: docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling
 */
const own: Record<string, Omit<Bucket, "name">> = {
  RunInstances: { burst: 5, refill: 2 },
  StartInstances: { burst: 5, refill: 2 },
  TerminateInstances: { burst: 100, refill: 5 },
  CreateVolume: { burst: 100, refill: 5 },
  DeleteVolume: { burst: 100, refill: 5 },
  CreateSnapshot: { burst: 100, refill: 5 },
  DeleteSnapshot: { burst: 100, refill: 5 },
  CopyImage: { burst: 100, refill: 1 },
  CreateTags: { burst: 100, refill: 10 },
  DeregisterImage: { burst: 100, refill: 5 },
  ModifyImageAttribute: { burst: 100, refill: 5 },
  AuthorizeSecurityGroupEgress: { burst: 50, refill: 5 },
};

const describing: Bucket = { name: "describing", burst: 100, refill: 20 };
const mutating: Bucket = { name: "mutating", burst: 50, refill: 5 };

/** The bucket that a call of EC2's takes its token from. */
export const bucketOf = (call: string): Bucket => {
  const bucket = own[call];
  if (bucket !== undefined) return { name: call, ...bucket };
  return /^(?:Describe|Get)/.test(call) ? describing : mutating;
};

/** Whether a call of EC2's is let through now; one that is takes its token. */
export const openBuckets = (clock: Clock): ((call: string) => boolean) => {
  const levels = new Map<string, { tokens: number; at: number }>();
  return (call) => {
    const bucket = bucketOf(call);
    const { name: key } = bucket;
    const before = levels.get(key) ?? { tokens: bucket.burst, at: clock.now() };
    const gained = ((clock.now() - before.at) / 1000) * bucket.refill;
    const tokens = Math.min(bucket.burst, before.tokens + gained);
    const isLet = tokens >= 1;
    levels.set(key, { tokens: isLet ? tokens - 1 : tokens, at: clock.now() });
    return isLet;
  };
};
