import type { Clock } from "./clock.ts";

/** A token bucket: how many calls at once, and how many a second after that. */
interface Bucket {
  burst: number;
  refill: number;
}

/**
 * EC2's buckets of one account and region, by API call; what is not here is in one of the groups.
 * Source: docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling
 */
const own: Record<string, Bucket> = {
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

const describing: Bucket = { burst: 100, refill: 20 };
const mutating: Bucket = { burst: 50, refill: 5 };

/** Whether a call of EC2's is let through now; one that is takes its token. */
export const openBuckets = (clock: Clock): ((call: string) => boolean) => {
  const levels = new Map<string, { tokens: number; at: number }>();
  return (call) => {
    const group = call.startsWith("Describe") || call.startsWith("Get") ? "describing" : "mutating";
    const bucket = own[call] ?? (group === "describing" ? describing : mutating);
    const key = own[call] === undefined ? group : call;
    const before = levels.get(key) ?? { tokens: bucket.burst, at: clock.now() };
    const gained = ((clock.now() - before.at) / 1000) * bucket.refill;
    const tokens = Math.min(bucket.burst, before.tokens + gained);
    const isLet = tokens >= 1;
    levels.set(key, { tokens: isLet ? tokens - 1 : tokens, at: clock.now() });
    return isLet;
  };
};
