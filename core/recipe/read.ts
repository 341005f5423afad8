import { Declaration } from "./declaration.ts";
import { dynamicParameters } from "./dynamic.ts";
import { explain, flatten, type Complaint, type Issue } from "./explain.ts";
import { InvalidRecipe, type Problem } from "./invalid-recipe.ts";
import { Places } from "./places.ts";
import { PlainValue } from "./plain.ts";
import { complaintAbout, isFilled, referencesIn, type Names } from "./references.ts";
import { RecipeFile } from "./schema.ts";
import { RecipeText } from "./text.ts";
import { isMap, mapLeaves, valueAt } from "./tree.ts";
import { whenComplaints } from "./when-names.ts";

/** A recipe that is right as far as one can tell before its parameters have values. */
export type ParsedRecipe = {
  /** The file's name, as errors call it. */
  source: string;
  /** The image's name. */
  name: string;
  parameters: ReadonlyMap<string, Declaration>;
  /** The file's value, with its `${NAME}` in place. */
  written: unknown;
  /** Puts what is wrong at its place in the file. */
  problem: (complaint: Complaint) => Problem;
};

/** Parses a recipe's text; `source` is the file's name for errors, which come all at once. */
export const parseRecipe = (text: string, source: string): ParsedRecipe => {
  const recipeText = new RecipeText(text, source);
  const plain = new PlainValue(recipeText);
  const places = new Places(recipeText, plain);
  const written = plain.value;
  const declared = declarations(written);
  const { parameters, broken } = declared;
  const problems = [
    ...schemaComplaints(written).map((complaint) => places.problem(complaint)),
    ...referenceProblems(written, namesIn(declared), places),
    ...whenComplaints(written, parameters, broken).map((complaint) => places.problem(complaint)),
  ];
  if (problems.length > 0) throw new InvalidRecipe(problems);
  const name = String(valueAt(written, ["image", "name"]));
  const problem = (complaint: Complaint) => places.problem(complaint);
  return { source, name, parameters, written, problem };
};

/** The issues of a recipe's value; their messages are what would be right, or empty. */
export const issuesOf = (value: unknown): Issue[] => {
  const result = RecipeFile.safeParse(value, { error: () => "" });
  return result.error?.issues.flatMap(flatten) ?? [];
};

const STRUCTURE = new Set(["unrecognized_keys", "invalid_union"]);
const CONTAINERS = new Set(["array", "object", "record"]);

/** Whether the text is judged only once its parameters are filled in. */
const isAwaited = (issue: Issue, written: unknown): boolean => {
  const value = valueAt(written, issue.path);
  if (typeof value !== "string" || referencesIn(value).length === 0) return false;
  if (!isFilled(issue.path) || STRUCTURE.has(issue.code)) return false;
  return !(issue.code === "invalid_type" && CONTAINERS.has(issue.expected));
};

const schemaComplaints = (written: unknown): Complaint[] =>
  issuesOf(written)
    .filter((issue) => !isAwaited(issue, written))
    .flatMap((issue) => explain(issue, written));

/** The declarations that are right, and the names of the others: those are declared as well. */
const declarations = (written: unknown) => {
  const declared = valueAt(written, ["image", "parameters"]);
  const parameters = new Map<string, Declaration>();
  const broken = new Set<string>();
  for (const [name, value] of isMap(declared) ? Object.entries(declared) : []) {
    const { data } = Declaration.safeParse(value);
    if (data) parameters.set(name, data);
    else broken.add(name);
  }
  return { parameters, broken };
};

const namesIn = ({ parameters, broken }: ReturnType<typeof declarations>): Names => {
  const names: Names = { values: new Set(broken), secrets: new Set() };
  for (const [name, { type }] of parameters) {
    (type === "secret" ? names.secrets : names.values).add(name);
  }
  for (const name of Object.keys(dynamicParameters)) {
    if (!names.secrets.has(name)) names.values.add(name);
  }
  return names;
};

const referenceProblems = (written: unknown, names: Names, places: Places): Problem[] => {
  const found: Problem[][] = [];
  mapLeaves(written, (text, path) => {
    if (typeof text !== "string" || !isFilled(path)) return;
    const complaints = referencesIn(text).map((reference): Complaint | undefined => {
      const complaint = complaintAbout(reference, names);
      return complaint && { path, on: "value", message: complaint.message, hint: complaint.hint };
    });
    if (complaints.some(Boolean)) found.push(places.inText(path, complaints));
  });
  return found.flat();
};
