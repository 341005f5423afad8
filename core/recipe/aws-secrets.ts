import type { ResolvedRecipe } from "../job.ts";
import type { Complaint } from "./explain.ts";
import { InvalidRecipe, type Problem } from "./invalid-recipe.ts";
import type { ParsedRecipe } from "./read.ts";
import { valueAt } from "./tree.ts";

/**
 * Secrets that a bake in an AWS account cannot fetch: those of the environment and of a file, which
 * are on the machine of whoever wrote the recipe. Each at its place in the recipe's file.
 */
export const secretProblems = (recipe: ResolvedRecipe, parsed: ParsedRecipe): Problem[] =>
  recipe.secrets.flatMap(({ name, from }) => {
    if (!("environment" in from) && !("file" in from)) return [];
    const [what, place] =
      "file" in from ? ["file", from.file] : ["environment variable", from.environment];
    const message = `the secret ${name} is in the ${what} ${place}, which a bake in an AWS account has not`;
    return [parsed.problem({ ...placeOf(name, parsed), message, hint })];
  });

const hint =
  "write from: {parameter: /path} for a SecureString of Systems Manager, or from: {secret: name} for one of Secrets Manager";

/** Its `from:`, or its name where it has none and is the environment's. */
const placeOf = (name: string, { written }: ParsedRecipe): Pick<Complaint, "path" | "on"> => {
  const path = ["image", "parameters", name];
  const from = [...path, "from"];
  return valueAt(written, from) === undefined ? { path, on: "key" } : { path: from, on: "value" };
};

/** Throws InvalidRecipe. */
export const refuseSecretsOfMachine = (recipe: ResolvedRecipe, parsed: ParsedRecipe): void => {
  const problems = secretProblems(recipe, parsed);
  if (problems.length > 0) throw new InvalidRecipe(problems);
};
