import type { Ancestor, UncopiedStock } from "../origin.ts";
import { ruleVerdict } from "./judge.ts";
import { pinnedDisk } from "./rules/stock-disk.ts";
import { stockLooks } from "./rules/stock.ts";
import type { ProvenancePolicy } from "./schema.ts";
import type { RuleVerdict } from "./verdict.ts";

/** What an image would descend from, before there is one. */
export interface Descent {
  /** From its own origin on; of a stock image that was not copied yet, what is known of it. */
  lineage: readonly (Ancestor | UncopiedStock)[];
  /** The account that bakes; absent on one machine. */
  account?: string | undefined;
  now: Date;
}

const foreseen = { ...stockLooks, pinned: (_: unknown, descent: Descent) => pinnedDisk(descent) };

/**
 * What a policy would refuse of an image for nothing but the stock images and disks behind it: it
 * is known before the bake, which takes time and money. As `judge` says it of the finished image.
 */
export const refusedOrigins = (policy: ProvenancePolicy, descent: Descent): RuleVerdict[] =>
  (Object.keys(foreseen) as (keyof typeof foreseen)[])
    .map((rule) => {
      const look = foreseen[rule](policy[rule] as never, descent);
      return ruleVerdict(policy, rule, { look, now: descent.now });
    })
    .filter(({ mode, status }) => mode === "enforce" && status === "fail");

/** The same for people, a sentence each. */
export const refusalText = ({ rule, says, remedy = "" }: RuleVerdict): string =>
  `${rule}: ${says}; ${remedy}`;
