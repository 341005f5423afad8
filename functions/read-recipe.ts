import { noteBeginning } from "../core/beginning.ts";
import { ReadRecipe } from "../core/contract.ts";
import type { Artifacts } from "../core/ports.ts";
import type { DynamicValues } from "../core/recipe/dynamic.ts";
import { parseRecipe } from "../core/recipe/read.ts";
import { resolveRecipe } from "../core/recipe/resolve.ts";
import { storeRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/**
 * Validates the recipe and stores it with its parameters filled in; `surroundings` are those that
 * no recipe declares, of which one machine has none.
 */
export const readRecipe = (artifacts: Artifacts, surroundings: DynamicValues = {}) =>
  task(ReadRecipe, async ({ bake, recipe: file, parameters }) => {
    const text = await artifacts.read(bake, `bundle/${file}`);
    const given = { set: parameters, environment: {}, surroundings };
    const recipe = resolveRecipe(parseRecipe(text, file), given);
    await storeRecipe(artifacts, bake, recipe);
    await noteBeginning(artifacts, bake, { file, text });
    const { name, description, tags } = recipe;
    return { name, description, tags };
  });
