import { explain, show, type Complaint, type Issue } from "./explain.ts";
import { issuesOf } from "./read.ts";
import { RecipeFile } from "./schema.ts";
import { mapLeaves, valueAt, type Path } from "./tree.ts";

const SCALARS = new Set(["int", "number", "boolean"]);

/** A filled-in text as the number, true or false that is wanted in its place. */
const typed = (text: string): unknown => {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
};

const keyOf = (path: Path): string => JSON.stringify(path);

const retyped = (filled: unknown, issues: readonly Issue[]): unknown => {
  const wanted = new Set(
    issues
      .filter((issue) => issue.code === "invalid_type" && SCALARS.has(issue.expected))
      .map(({ path }) => keyOf(path)),
  );
  if (wanted.size === 0) return filled;
  return mapLeaves(filled, (leaf, path) =>
    typeof leaf === "string" && wanted.has(keyOf(path)) ? typed(leaf) : leaf,
  );
};

/**
 * Holds a filled-in recipe to the schema. Only what parameters have changed can be wrong: `written`
 * is the recipe before, in which numbers and booleans may be `${NAME}`, a text.
 */
export const validateFilled = (
  filled: unknown,
  written: unknown,
): { recipe: RecipeFile | undefined; complaints: Complaint[] } => {
  const value = retyped(filled, issuesOf(filled));
  const complaints = issuesOf(value).flatMap((issue) =>
    explain(issue, value).map((complaint) => {
      const text = valueAt(written, issue.path);
      const isChanged = typeof text === "string" && text !== valueAt(value, issue.path);
      if (!isChanged) return complaint;
      const message = `${complaint.message}, which comes of ${show(text)}`;
      return { path: complaint.path, on: complaint.on, message, hint: complaint.hint };
    }),
  );
  return { recipe: RecipeFile.safeParse(value).data, complaints };
};
