import { ResolveOrigin } from "../core/contract.ts";
import type { HoldOrigin } from "../core/policy/hold-origin.ts";
import { settleOrigin } from "../core/settle-origin.ts";
import type { Artifacts, Origins } from "../core/ports.ts";
import {
  assertCopied,
  type ProveOrigin,
  writeOriginProof,
} from "../core/statement/origin-proof.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/**
 * Finds what the image starts from. OriginPending until it is at hand; StatementBroken when it is
 * an image of ours that is not what its statement says, of another disk, or of other ancestors;
 * PolicyRefused when the finished image would be, for what it descends from.
 */
export const resolveOrigin = (
  origins: Origins,
  artifacts: Artifacts,
  { prove, hold }: { prove: ProveOrigin; hold: HoldOrigin },
) =>
  task(ResolveOrigin, async ({ bake }) => {
    const recipe = await storedRecipe(artifacts, bake);
    const origin = await origins.resolve(bake, recipe.origin);
    const settled = settleOrigin(recipe, origin);
    await hold(bake, recipe, origin.lineage);
    const [parent] = origin.lineage;
    if (parent?.kind === "image") {
      const proof = await prove(parent.imageId);
      assertCopied(proof, origin);
      await writeOriginProof(artifacts, bake, proof);
    }
    return settled;
  });
