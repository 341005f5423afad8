import { InvalidRecipe, problemLine, type Problem } from "../../core/recipe/invalid-recipe.ts";
import { UsageError } from "../errors.ts";
import { loadRecipe } from "../load-recipe.ts";
import { note, print, printJson } from "../output.ts";

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
  /** What baking it takes of its operator. */
  remarks?: Problem[];
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
    if (json || verdict instanceof Error) continue;
    print(`${recipe}: valid`);
    verdict.remarks?.forEach((remark) => note(problemLine(remark)));
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
    const remarks = loaded.hostUses.keys;
    const { name } = loaded.recipe;
    return { recipe, valid: true, name, ...(remarks.length > 0 && { remarks }), problems: [] };
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
