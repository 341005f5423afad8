import type { ResolvedRecipe } from "../job.ts";
import type { Lineage } from "../origin.ts";
import type { Complaint } from "../recipe/explain.ts";
import { policyComplaints, tooLarge } from "./check.ts";
import type { PolicyInForce } from "./in-force.ts";
import { foundOriginComplaints } from "./origins.ts";

/** What a bake made, or is about to, as far as a policy is concerned. */
export interface Baked {
  recipe: ResolvedRecipe;
  lineage: Lineage;
  /** GiB. */
  rootVolumeSize: number;
  /** The stage's own account. */
  account: string;
}

/**
 * What a policy refuses of a bake whose origin was found: all that `policyComplaints` tells, by the
 * policy as it is now, and what only the origin could tell.
 */
export const bakedComplaints = (inForce: PolicyInForce, baked: Baked): Complaint[] => {
  const { recipe, lineage, rootVolumeSize, account } = baked;
  const [found] = lineage;
  const isTold = recipe.rootVolumeSize === rootVolumeSize;
  return [
    ...policyComplaints(inForce, recipe),
    ...(found === undefined
      ? []
      : foundOriginComplaints(inForce, recipe.origin, { found, account })),
    ...(isTold || rootVolumeSize <= inForce.policy.largest_volume
      ? []
      : [tooLarge(inForce, ["image", "root_volume_size"], rootVolumeSize)]),
  ];
};
