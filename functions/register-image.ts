import { findSource } from "../core/bake-source.ts";
import { RegisterImage } from "../core/contract.ts";
import type { Dropped } from "../core/drop.ts";
import type { BakeId } from "../core/ids.ts";
import type { Artifacts, Images } from "../core/ports.ts";
import { writeRegistered } from "../core/registered.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** Registers the snapshot as a candidate image. A retry finds the bake's own. */
export const registerImage = (images: Images, artifacts: Artifacts) =>
  task(RegisterImage, async (spec) => {
    const { attributes } = await storedRecipe(artifacts, spec.bake);
    const drop = await dropOf(artifacts, spec.bake);
    const imageId = await images.register({ ...spec, drop }, attributes);
    await writeRegistered(artifacts, spec.bake, { ...spec, drop, imageId });
    return { imageId };
  });

/** Undefined for a bake that somebody started by hand, or on one machine. */
const dropOf = async (artifacts: Artifacts, bake: BakeId): Promise<Dropped | undefined> => {
  const source = await findSource(artifacts, bake);
  if (source === undefined) return undefined;
  const { size: _, ...drop } = source.drop;
  return drop;
};
