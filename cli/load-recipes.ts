import { dirname } from "node:path";
import { FamilyProblem, parentsFirst, type Member } from "../core/family.ts";
import { readSecrets } from "../local/secrets.ts";
import { UsageError } from "./errors.ts";
import { declaredParameters, loadRecipe, type LoadedRecipe } from "./load-recipe.ts";
import type { RecipeFile } from "./recipe-file.ts";

/** A recipe that is to be baked, maybe with others. */
export interface Order extends Member, LoadedRecipe {
  recipePath: string;
  /** How people are told of it. */
  shown: string;
}

/**
 * Reads all recipes before any is baked, and puts parents first; what is wrong with them comes all
 * at once. Throws InvalidRecipe, UsageError, or an AggregateError of them.
 */
export const loadRecipes = async (
  files: readonly RecipeFile[],
  set: Record<string, string>,
): Promise<Order[]> => {
  const settled = await Promise.allSettled(
    (await valuesFor(files, set)).map(({ file, values }) => load(file, values)),
  );
  const errors = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  return inOrder(settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
};

const load = async (file: RecipeFile, set: Record<string, string>): Promise<Order> => {
  const { path: recipePath, shown } = file;
  const loaded = await loadRecipe(file, set);
  const { name, origin, secrets } = loaded.recipe;
  await readSecrets(secrets, dirname(recipePath)); // can they be had, for the agent?
  const parent = origin.kind === "recipe" ? origin.recipe : undefined;
  return { recipePath, shown, ...loaded, name, parent };
};

/** A value goes to the recipes that declare its name; one that none declares is every one's error. */
const valuesFor = async (files: readonly RecipeFile[], set: Record<string, string>) => {
  const all = await Promise.all(
    files.map(async (file) => ({ file, declared: await declaredParameters(file) })),
  );
  return all.map(({ file, declared }) => ({
    file,
    values: Object.fromEntries(
      Object.entries(set).filter(
        ([name]) => declared.has(name) || !all.some((other) => other.declared.has(name)),
      ),
    ),
  }));
};

const inOrder = (orders: Order[]): Order[] => {
  try {
    return parentsFirst(orders);
  } catch (error) {
    if (!(error instanceof FamilyProblem)) throw error;
    throw new UsageError(error.message, "bake them apart, or change an origin or a name", {
      cause: error,
    });
  }
};
