import { InvalidRecipe, type Problem } from "../../core/recipe/invalid-recipe.ts";
import { UsageError } from "../errors.ts";
import { loadRecipe } from "../load-recipe.ts";
import { print, printJson } from "../output.ts";

interface Options {
  set: Record<string, string>;
  json?: boolean;
}

/** One recipe's verdict. A file that cannot be read has a problem without a place. */
interface Verdict {
  recipe: string;
  valid: boolean;
  /** The image's name. */
  name?: string;
  problems: (Problem | Pick<Problem, "source" | "message" | "hint">)[];
}

/** Checks recipe files: as `bake` does, all of them, and nothing but them. */
export const validate = async (recipes: string[], { set, json }: Options): Promise<void> => {
  const errors: (InvalidRecipe | UsageError)[] = [];
  const verdicts: Verdict[] = [];
  for (const recipe of recipes) {
    const verdict = await verdictOn(recipe, set);
    if (verdict instanceof Error) errors.push(verdict);
    verdicts.push(verdict instanceof Error ? invalid(recipe, verdict) : verdict);
    if (!json && !(verdict instanceof Error)) print(`${recipe}: valid`);
  }
  if (json) printJson(verdicts);
  if (errors.length > 0) throw new AggregateError(errors);
};

const verdictOn = async (
  recipe: string,
  set: Record<string, string>,
): Promise<Verdict | InvalidRecipe | UsageError> => {
  try {
    const loaded = await loadRecipe(recipe, set);
    return { recipe, valid: true, name: loaded.recipe.name, problems: [] };
  } catch (error) {
    if (error instanceof InvalidRecipe || error instanceof UsageError) return error;
    throw error;
  }
};

const invalid = (recipe: string, error: InvalidRecipe | UsageError): Verdict => ({
  recipe,
  valid: false,
  problems:
    error instanceof InvalidRecipe
      ? [...error.problems]
      : [{ source: recipe, message: error.message, hint: error.hint }],
});
