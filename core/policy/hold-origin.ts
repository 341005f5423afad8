import { PolicyRefused } from "../errors.ts";
import type { BakeId } from "../ids.ts";
import type { ResolvedRecipe } from "../job.ts";
import type { Lineage } from "../origin.ts";
import type { PolicyOf } from "./in-force.ts";
import { refusalText, refusedOrigins } from "./judge-origin.ts";
import { tightened } from "./tighten.ts";

export interface OriginCourt {
  policyOf: PolicyOf;
  /** The account that bakes; absent on one machine. */
  account?: string;
}

/**
 * Holds what a bake is about to start from to the provenance policy as it is now. Throws
 * PolicyRefused, or InvalidRecipe when the policy cannot be read.
 */
export const holdOrigin =
  ({ policyOf, account }: OriginCourt) =>
  async (bake: BakeId, recipe: Pick<ResolvedRecipe, "policy">, lineage: Lineage): Promise<void> => {
    const { policy } = tightened((await policyOf(bake)).policy, recipe.policy);
    const refused = refusedOrigins(policy, { lineage, account, now: new Date() });
    if (refused.length > 0) throw new PolicyRefused(refused.map(refusalText).join("\n"));
  };
export type HoldOrigin = ReturnType<typeof holdOrigin>;
