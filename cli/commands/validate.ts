import { InvalidRecipe, problemLine, type Problem } from "../../core/recipe/invalid-recipe.ts";
import { UnusableArchive } from "../../core/errors.ts";
import { UsageError } from "../errors.ts";
import { loadRecipe } from "../load-recipe.ts";
import { openRecipe } from "../open-recipes.ts";
import { note, print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  set: Record<string, string>;
  json?: boolean;
  state?: string;
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
export const validate = async (recipes: string[], options: Options): Promise<void> => {
  const { json } = options;
  const errors: Wrong[] = [];
  const verdicts: Verdict[] = [];
  for (const recipe of recipes) {
    const verdict = await verdictOn(recipe, options);
    if (verdict instanceof Error) errors.push(verdict);
    verdicts.push(verdict instanceof Error ? invalid(recipe, verdict) : verdict);
    if (json || verdict instanceof Error) continue;
    print(`${recipe}: valid`);
    verdict.remarks?.forEach((remark) => note(problemLine(remark)));
  }
  if (json) printJson(verdicts);
  if (errors.length > 0) throw new AggregateError(errors);
};

type Wrong = InvalidRecipe | UsageError | UnusableArchive;

const verdictOn = async (recipe: string, { set, state }: Options): Promise<Verdict | Wrong> => {
  try {
    await using file = await openRecipe(recipe, stateDirOf(state));
    // it may be for an account, or for one machine
    const loaded = await loadRecipe(file, set, "any");
    const remarks = loaded.hostUses.keys;
    const { name } = loaded.recipe;
    return { recipe, valid: true, name, ...(remarks.length > 0 && { remarks }), problems: [] };
  } catch (error) {
    if (error instanceof InvalidRecipe || error instanceof UsageError) return error;
    if (error instanceof UnusableArchive) return error;
    throw error;
  }
};

const invalid = (recipe: string, error: Wrong): Verdict => ({
  recipe,
  valid: false,
  problems:
    error instanceof InvalidRecipe
      ? [...error.problems]
      : [{ source: recipe, message: error.message, ...("hint" in error && { hint: error.hint }) }],
});
