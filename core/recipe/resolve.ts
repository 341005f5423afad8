import { ResolvedRecipe } from "../job.ts";
import { type Step } from "../step.ts";
import { seconds } from "./duration.ts";
import type { Complaint } from "./explain.ts";
import { assetsOf } from "./assets.ts";
import { attributesOf } from "./attributes.ts";
import { dynamicComplaints, regionComplaints } from "./dynamic-values.ts";
import { exampleValues } from "./dynamic.ts";
import { fillTree, isTooLong, type Values } from "./fill.ts";
import { hostOf } from "./host.ts";
import { InvalidRecipe } from "./invalid-recipe.ts";
import { MAX_EXPANSION } from "./limits.ts";
import { wishesOf } from "./machine.ts";
import { originOf } from "./origin.ts";
import { secretsOf, valuesOf, type Given } from "./parameters.ts";
import { derivedName, distinct, emptyStep, planStep } from "./plan.ts";
import type { ParsedRecipe } from "./read.ts";
import type { RecipeFile, WrittenTest } from "./schema.ts";
import { WrittenStep } from "./steps.ts";
import { titleOf } from "./title-of.ts";
import { isMap, stepsIn, valueAt, type Path } from "./tree.ts";
import { validateFilled } from "./validate-filled.ts";
import { skipReason, When } from "./when.ts";

/** Gives a recipe's parameters their values; what is wrong with them comes all at once. */
export const resolveRecipe = (parsed: ParsedRecipe, given: Given): ResolvedRecipe => {
  const { values, complaints } = valuesOf(parsed, given);
  refuse(parsed, complaints);
  const reasons = skipReasons(parsed, values);
  const { surroundings = {} } = given;
  const around = surroundings === "any" ? exampleValues : surroundings;
  const known = new Map([...Object.entries(around), ...values]);
  refuse(parsed, dynamicComplaints(parsed.written, known, skippedPaths(parsed, reasons)));
  if (isTooLong(parsed.written, known)) refuse(parsed, [tooLong]);
  const filled = fillTree(parsed.written, known);
  const running = [...reasons.keys()].filter((index) => reasons[index] === undefined);
  const { recipe, complaints: wrong } = validateFilled(
    withSteps(filled, running),
    withSteps(parsed.written, running),
  );
  const inFile = (complaint: Complaint) => ({
    ...complaint,
    path: unshift(complaint.path, running, parsed),
  });
  refuse(parsed, wrong.map(inFile));
  if (!recipe) throw new Error("a recipe without a complaint does not parse");
  if (surroundings !== "any") refuse(parsed, regionComplaints(recipe.image.region, surroundings));
  const steps = planSteps(filled, recipe, reasons);
  return resolved(recipe, { parsed, values, steps });
};

const tooLong: Complaint = {
  path: ["image"],
  on: "key",
  message: `filled in, the recipe is longer than ${MAX_EXPANSION} characters (1 MiB)`,
  hint: "put long texts in files that the recipe names by source",
};

const refuse = (parsed: ParsedRecipe, complaints: Complaint[]): void => {
  if (complaints.length > 0) throw new InvalidRecipe(complaints.map(parsed.problem));
};

const skipReasons = ({ written, parameters }: ParsedRecipe, values: Values) =>
  stepsIn(written).map(({ step }) =>
    skipReason(When.parse(valueAt(step, ["when"]) ?? {}), parameters, values),
  );

const skippedPaths = (
  { written }: ParsedRecipe,
  reasons: readonly (string | undefined)[],
): Path[] =>
  stepsIn(written)
    .filter((_, index) => reasons[index] !== undefined)
    .map(({ path }) => path);

/** The recipe with only these of its steps, in a list. */
const withSteps = (tree: unknown, indexes: readonly number[]): unknown => {
  const image = valueAt(tree, ["image"]);
  const all = stepsIn(tree);
  const configure = indexes.map((index) => all[index]?.step);
  return { image: { ...(isMap(image) ? image : {}), configure } };
};

/** The path in the file of what is at a path in the recipe without its skipped steps. */
const unshift = (path: Path, running: readonly number[], { written }: ParsedRecipe): Path => {
  const [image, configure, index, ...rest] = path;
  if (configure !== "configure" || typeof index !== "number") return path;
  const step = stepsIn(written)[running[index] ?? -1];
  return [...(step?.path ?? [image ?? "image", configure]), ...rest];
};

const planSteps = (
  filled: unknown,
  { image }: RecipeFile,
  reasons: readonly (string | undefined)[],
): Step[] => {
  const running = [image.configure].flat().values();
  const steps = stepsIn(filled).map(({ step }, index) => {
    const skipped = reasons[index];
    const written = skipped === undefined ? running.next().value : WrittenStep.safeParse(step).data;
    const shown = written ?? emptyStep(step);
    return { shown, skipped, name: shown.name ?? derivedName(shown, index) };
  });
  const names = distinct(steps.map(({ name }) => name));
  return steps.map(({ shown, skipped }, index) => planStep(shown, names[index] ?? "", skipped));
};

const testOf = (test: WrittenTest) => {
  const { name, command, timeout } =
    typeof test === "string" ? { name: test, command: test, timeout: "60s" } : test;
  const derived = titleOf(command);
  return {
    name: typeof test === "string" ? derived : (name ?? derived),
    command,
    timeout: seconds(timeout),
  };
};

const resolved = (
  { image }: RecipeFile,
  { parsed, values, steps }: { parsed: ParsedRecipe; values: Values; steps: Step[] },
): ResolvedRecipe =>
  ResolvedRecipe.parse({
    name: image.name,
    description: image.description,
    architecture: image.architecture,
    rootVolumeSize: image.root_volume_size,
    origin: originOf(image.origin, image.file_system ?? "ext4"),
    parameters: Object.fromEntries(values),
    secrets: secretsOf(parsed),
    assets: assetsOf(image.assets),
    steps,
    ...(image.host && { host: hostOf(image.host) }),
    hygiene: image.hygiene,
    tests: image.tests.map(testOf),
    tags: image.tags,
    builder: wishesOf(image),
    attributes: attributesOf(image.aws),
    ...(image.policy && { policy: image.policy }),
  });
