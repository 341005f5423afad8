import { readSource } from "../bake-source.ts";
import type { Names } from "../drops.ts";
import { PolicyRefused } from "../errors.ts";
import type { BakeId } from "../ids.ts";
import type { Artifacts } from "../ports.ts";
import { nameTaken } from "../way-in/check-drop.ts";
import { bakedComplaints, type Baked } from "./check-baked.ts";
import type { Policies } from "./find.ts";

/** What decides on a bake's publication. */
export interface Approval {
  policies: Policies;
  names: Pick<Names, "claim">;
  artifacts: Artifacts;
}

/**
 * Holds a bake to its prefix's policy as it is now, and gets its image's name for the prefix: to be
 * called right before publication, and again by a retry. Throws PolicyRefused, or InvalidRecipe
 * when the policy cannot be read, which allows nothing.
 */
export const assertAllowed = async (
  { policies, names, artifacts }: Approval,
  bake: BakeId,
  baked: Baked,
): Promise<void> => {
  const { prefix } = await readSource(artifacts, bake);
  const complaints = bakedComplaints(await policies.of(prefix), baked);
  if (complaints.length > 0) {
    throw new PolicyRefused(
      complaints.map(({ message, hint }) => `${message}; ${hint}`).join("\n"),
    );
  }
  const owner = await names.claim(baked.recipe.name, prefix);
  if (owner !== prefix) throw new PolicyRefused(nameTaken(baked.recipe.name, owner));
};
