import { ReleaseBuilder } from "../core/contract.ts";
import { noteReleased } from "../core/released.ts";
import type { Artifacts, Builders } from "../core/ports.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/**
 * Gives the builder and its working disk back as soon as the snapshot no longer needs them. With
 * `artifacts` it is noted there, but of a recipe with ports of its own: their security group is in
 * use until the builder has ended.
 */
export const releaseBuilder = (builders: Pick<Builders, "release">, artifacts?: Artifacts) =>
  task(ReleaseBuilder, async ({ bake }) => {
    const released = await builders.release(bake);
    if (artifacts !== undefined) {
      const { builder } = await storedRecipe(artifacts, bake);
      if (builder.ports.length === 0) await noteReleased(artifacts, bake, "builders");
    }
    return { builders: released };
  });
