import { RegisterImage } from "../core/contract.ts";
import type { Artifacts, Images } from "../core/ports.ts";
import { task } from "../core/task.ts";
import { readResolvedRecipe } from "./read-recipe.ts";

/** Registers the snapshot as a candidate image. A retry finds the bake's own. */
export const registerImage = (images: Images, artifacts: Artifacts) =>
  task(RegisterImage, async (spec) => {
    const { attributes } = await readResolvedRecipe(artifacts, spec.bake);
    return { imageId: await images.register(spec, attributes) };
  });
