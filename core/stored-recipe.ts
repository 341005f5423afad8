import { createHash } from "node:crypto";
import type { BakeId } from "./ids.ts";
import { ResolvedRecipe } from "./job.ts";
import type { Artifacts } from "./ports.ts";

/** Too large for the state machine's data, a recipe lies among its bake's artifacts. */
const key = "recipe.json";

/** Stores a recipe with its parameters filled in. */
export const storeRecipe = (artifacts: Artifacts, bake: BakeId, recipe: ResolvedRecipe) =>
  artifacts.write(bake, key, JSON.stringify(recipe));

/** The recipe as it was stored. Throws NotFound. */
export const storedRecipe = async (artifacts: Artifacts, bake: BakeId): Promise<ResolvedRecipe> =>
  ResolvedRecipe.parse(JSON.parse(await artifacts.read(bake, key)));

/** Of the recipe as it was stored, `sha256:` and 64 digits. Throws NotFound. */
export const storedRecipeDigest = async (artifacts: Artifacts, bake: BakeId): Promise<string> => {
  const bytes = await artifacts.get(bake, key);
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
};
