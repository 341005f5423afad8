import { ProvisionBuilder } from "../core/contract.ts";
import type { Artifacts, Builders } from "../core/ports.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** Makes the bake's builder and its working disk. A retry finds the ones it already has. */
export const provisionBuilder = (builders: Builders, artifacts: Artifacts) =>
  task(ProvisionBuilder, async ({ bake, ...spec }) => {
    const { builder: wishes } = await storedRecipe(artifacts, bake);
    return builders.provision(bake, { ...spec, wishes });
  });
