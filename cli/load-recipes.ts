import { dirname } from "node:path";
import { FamilyProblem, parentsFirst, type Member } from "../core/family.ts";
import { refuseSecretsOfMachine } from "../core/recipe/aws-secrets.ts";
import type { Given } from "../core/recipe/parameters.ts";
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

/** What a bake's place makes of a recipe. */
export interface Where {
  surroundings: Given["surroundings"];
  /** Refuses what can be known to be missing there. */
  check(loaded: LoadedRecipe, recipePath: string): Promise<void>;
}

/** On this machine: can the secrets be had, for the agent? */
const here: Where = {
  surroundings: {},
  check: async ({ recipe }, path) => void (await readSecrets(recipe.secrets, dirname(path))),
};

/** In an AWS account, where a bake fills in what is around it. */
export const onAws = (surroundings: Given["surroundings"]): Where => ({
  surroundings,
  check: async ({ recipe, parsed }) => refuseSecretsOfMachine(recipe, parsed),
});

/**
 * Reads all recipes before any is baked, and puts parents first; what is wrong with them comes all
 * at once. Throws InvalidRecipe, UsageError, or an AggregateError of them.
 */
export const loadRecipes = async (
  files: readonly RecipeFile[],
  set: Record<string, string>,
  where: Where = here,
): Promise<Order[]> => {
  const settled = await Promise.allSettled(
    (await valuesFor(files, set)).map(({ file, values }) => load(file, values, where)),
  );
  const errors = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  return inOrder(settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
};

const load = async (
  file: RecipeFile,
  set: Record<string, string>,
  { surroundings, check }: Where,
): Promise<Order> => {
  const { path: recipePath, shown } = file;
  const loaded = await loadRecipe(file, set, surroundings);
  const { name, origin } = loaded.recipe;
  await check(loaded, recipePath);
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
