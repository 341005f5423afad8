import { ResolveOrigin } from "../core/contract.ts";
import { settleOrigin } from "../core/settle-origin.ts";
import type { Artifacts, Origins } from "../core/ports.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** Finds what the image starts from. OriginPending until it is at hand. */
export const resolveOrigin = (origins: Origins, artifacts: Artifacts) =>
  task(ResolveOrigin, async ({ bake }) => {
    const recipe = await storedRecipe(artifacts, bake);
    return settleOrigin(recipe, await origins.resolve(bake, recipe.origin));
  });
