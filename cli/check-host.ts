import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import type { HostPathUse, HostUses } from "../core/recipe/host-uses.ts";
import { InvalidRecipe, type Problem } from "../core/recipe/invalid-recipe.ts";
import type { Order } from "./load-recipes.ts";

/**
 * Refuses recipes that reach this machine when its operator did not allow it, or that name what is
 * not here. Throws InvalidRecipe, or an AggregateError of them.
 */
export const checkHost = async (orders: readonly Order[], allowed: boolean): Promise<void> => {
  const errors: InvalidRecipe[] = [];
  for (const { hostUses } of orders) {
    const problems = allowed ? await hostProblems(hostUses) : hostUses.keys;
    if (problems.length > 0) errors.push(new InvalidRecipe(problems));
  }
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
};

/** What of the files and folders that a recipe names is not on this machine. */
export const hostProblems = async ({ paths }: HostUses): Promise<Problem[]> =>
  (await Promise.all(paths.map(problemOf))).filter((problem) => problem !== undefined);

const problemOf = async ({ path, kind, problem }: HostPathUse): Promise<Problem | undefined> => {
  const there = await stat(path).catch(() => undefined);
  const where = "the path is one of the machine that bakes";
  if (there === undefined) return problem(`there is no ${kind} ${path} on this machine`, where);
  return isKind[kind](there) ? undefined : problem(`${path} is not a ${kind}`, where);
};

const isKind = {
  file: (stats: Stats) => stats.isFile(),
  folder: (stats: Stats) => stats.isDirectory(),
};
