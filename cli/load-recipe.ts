import type { ResolvedRecipe } from "../core/job.ts";
import { bundleFiles } from "../core/recipe/bundle.ts";
import { hostUses, type HostUses } from "../core/recipe/host-uses.ts";
import { InvalidRecipe } from "../core/recipe/invalid-recipe.ts";
import type { Given } from "../core/recipe/parameters.ts";
import { variableOf } from "../core/recipe/variable-of.ts";
import { parseRecipe, type ParsedRecipe } from "../core/recipe/read.ts";
import { resolveRecipe } from "../core/recipe/resolve.ts";
import { checkBundle } from "./check-bundle.ts";
import { readRecipeFile } from "./read-recipe-file.ts";
import type { RecipeFile } from "./recipe-file.ts";

/** A recipe that can be baked as it is. */
export interface LoadedRecipe {
  recipe: ResolvedRecipe;
  /** As it is written, which knows the places of its text. */
  parsed: ParsedRecipe;
  /** The values that were given for its parameters, by name; never a secret's. */
  parameters: Record<string, string>;
  /** What of it reaches the machine that bakes. */
  hostUses: HostUses;
}

/**
 * Reads a recipe and checks all that can be checked before the bake, the files it names among it;
 * `surroundings` are what the bake fills in, nothing on one machine. Throws InvalidRecipe, UsageError.
 */
export const loadRecipe = async (
  file: RecipeFile,
  set: Record<string, string>,
  surroundings: Given["surroundings"] = {},
): Promise<LoadedRecipe> => {
  const given: Given = { set, environment: process.env, surroundings };
  const parsed = await parsedFile(file);
  const recipe = resolveRecipe(parsed, given);
  const files = bundleFiles(parsed, recipe);
  const problems = await checkBundle({ file, recipe, files });
  if (problems.length > 0) throw new InvalidRecipe(problems);
  return {
    ...{ recipe, parsed, parameters: givenValues(parsed, given) },
    hostUses: hostUses(parsed, recipe),
  };
};

/** Names of the parameters a recipe declares; none when it cannot be read, which is said later. */
export const declaredParameters = async (file: RecipeFile): Promise<ReadonlySet<string>> => {
  try {
    return new Set((await parsedFile(file)).parameters.keys());
  } catch {
    return new Set();
  }
};

const parsedFile = async ({ path, shown }: RecipeFile): Promise<ParsedRecipe> =>
  parseRecipe(await readRecipeFile(path, shown), shown);

const givenValues = ({ parameters }: ParsedRecipe, given: Given): Record<string, string> =>
  Object.fromEntries(
    [...parameters].flatMap(([name, { type }]) => {
      if (type === "secret") return [];
      const set = Object.hasOwn(given.set, name) ? given.set[name] : undefined;
      const value = set ?? given.environment[variableOf(name)];
      return value === undefined ? [] : [[name, value]];
    }),
  );
