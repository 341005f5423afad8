import { RegisterImage } from "../core/contract.ts";
import type { Artifacts, Images } from "../core/ports.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** Registers the snapshot as a candidate image. A retry finds the bake's own. */
export const registerImage = (images: Images, artifacts: Artifacts) =>
  task(RegisterImage, async (spec) => {
    const { attributes } = await storedRecipe(artifacts, spec.bake);
    return { imageId: await images.register(spec, attributes) };
  });
