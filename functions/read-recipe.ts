import { ReadRecipe } from "../core/contract.ts";
import type { BakeId } from "../core/ids.ts";
import { ResolvedRecipe } from "../core/job.ts";
import type { Artifacts } from "../core/ports.ts";
import type { DynamicValues } from "../core/recipe/dynamic.ts";
import { parseRecipe } from "../core/recipe/read.ts";
import { resolveRecipe } from "../core/recipe/resolve.ts";
import { task } from "../core/task.ts";

const resolved = "recipe.json";

/**
 * Validates the recipe and stores it with its parameters filled in; `surroundings` are those that
 * no recipe declares, of which one machine has none.
 */
export const readRecipe = (artifacts: Artifacts, surroundings: DynamicValues = {}) =>
  task(ReadRecipe, async ({ bake, recipe: file, parameters }) => {
    const text = await artifacts.read(bake, `bundle/${file}`);
    const given = { set: parameters, environment: {}, surroundings };
    const recipe = resolveRecipe(parseRecipe(text, file), given);
    await artifacts.write(bake, resolved, JSON.stringify(recipe));
    const { name, description, tags } = recipe;
    return { name, description, tags };
  });

/** The recipe as `readRecipe` stored it: too large for the state machine's data. */
export const readResolvedRecipe = async (artifacts: Artifacts, bake: BakeId) =>
  ResolvedRecipe.parse(JSON.parse(await artifacts.read(bake, resolved)));
