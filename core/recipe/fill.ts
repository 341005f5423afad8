import { InvalidRecipe, type Problem } from "./invalid-recipe.ts";
import { MAX_EXPANSION } from "./limits.ts";
import { complaintAbout, isFilled, nameOf, referencesIn } from "./references.ts";
import { mapLeaves } from "./tree.ts";

/** Parameters' values as text, by name. */
export type Values = ReadonlyMap<string, string>;

/** The text with its `${NAME}` filled in; `$${` becomes `${`. Names without a value become empty. */
export const fillText = (text: string, values: Values): string => {
  let filled = "";
  let done = 0;
  for (const { start, end, written, escaped } of referencesIn(text)) {
    filled += text.slice(done, start);
    filled += escaped ? "${" : (values.get(nameOf(written) ?? "") ?? "");
    done = end;
  }
  return filled + text.slice(done);
};

/** The length `fillText` would make, told without making it. */
const filledLength = (text: string, values: Values): number =>
  referencesIn(text).reduce(
    (length, { written }) => length + (values.get(nameOf(written) ?? "")?.length ?? 0),
    text.length,
  );

/** A recipe's value with its `${NAME}` filled in. */
export const fillTree = (written: unknown, values: Values): unknown =>
  mapLeaves(written, (text, path) =>
    typeof text === "string" && isFilled(path) ? fillText(text, values) : text,
  );

/** Whether a recipe grows beyond all measure when filled in. */
export const isTooLong = (written: unknown, values: Values): boolean => {
  let length = 0;
  mapLeaves(written, (text, path) => {
    if (typeof text === "string" && isFilled(path)) length += filledLength(text, values);
  });
  return length > MAX_EXPANSION;
};

const placeOf = (text: string, offset: number): { line: number; column: number } => {
  const before = text.slice(0, offset);
  const lastLine = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastLine };
};

/** Fills in a template file, by the rules of the recipe's own texts. `source` is its name for errors. */
export const fillTemplate = (
  text: string,
  values: Readonly<Record<string, string>>,
  secrets: readonly string[],
  source: string,
): string => {
  const known = new Map(Object.entries(values));
  const names = { values: new Set(known.keys()), secrets: new Set(secrets) };
  const problems = referencesIn(text).flatMap((reference): Problem[] => {
    const complaint = complaintAbout(reference, names);
    return complaint ? [{ source, ...placeOf(text, reference.start), ...complaint }] : [];
  });
  if (problems.length > 0) throw new InvalidRecipe(problems);
  return fillText(text, known);
};
