import { posix } from "node:path";
import { type BundleEntry, MemoryBundle } from "../archive/memory-bundle.ts";
import type { ResolvedRecipe } from "../job.ts";
import type { BundleFile } from "../recipe/bundle.ts";
import { fillTemplate } from "../recipe/fill.ts";
import { InvalidRecipe, type Problem } from "../recipe/invalid-recipe.ts";
import { MAX_EXPANSION } from "../recipe/limits.ts";
import type { OpenDrop } from "./open-drop.ts";

export interface Selection {
  open: OpenDrop;
  recipe: ResolvedRecipe;
  files: readonly BundleFile[];
  /** How people are told of the recipe. */
  source: string;
}

/**
 * The recipe, by its bare name, with the files it names and no others, as a bake on one machine
 * takes them: what a path names is what it leads to. Throws InvalidRecipe for what is not there,
 * leads elsewhere, or cannot be filled in.
 */
export const selectFiles = (selection: Selection): MemoryBundle => {
  const { open, files } = selection;
  const problems = files.flatMap((file) => problemsWith(selection, file));
  if (problems.length > 0) throw new InvalidRecipe(problems);
  const chosen = new MemoryBundle();
  const recipe = open.bundle.entries.get(open.recipe);
  if (recipe !== undefined) chosen.set(posix.basename(open.recipe), recipe);
  for (const { path } of files) copy(open, path, chosen);
  return chosen;
};

const realOf = ({ bundle, recipe }: OpenDrop, path: string): string | undefined =>
  bundle.real(posix.join(posix.dirname(recipe), path.replace(/\/+$/, "")));

const problemsWith = (selection: Selection, file: BundleFile): Problem[] => {
  const { open, recipe, source } = selection;
  const { path, line, column } = file;
  const wrong = (message: string, hint: string) => [{ source, line, column, message, hint }];
  const real = realOf(open, path);
  if (real === undefined) {
    const where = open.lone
      ? "put it beside the recipe first, or drop both as one bundle"
      : "paths begin in the recipe's own folder";
    return wrong(`there is no ${path}`, where);
  }
  const home = posix.dirname(open.recipe);
  if (home !== "." && !real.startsWith(`${home}/`)) {
    return wrong(
      `${path} leads out of the recipe's folder`,
      "put the file itself beside the recipe",
    );
  }
  const entry = open.bundle.entries.get(real);
  if (!file.template || entry?.is !== "file") return [];
  if (entry.bytes.length > MAX_EXPANSION) {
    return wrong(
      `the template ${path} is ${entry.bytes.length} bytes long`,
      `at most ${MAX_EXPANSION}`,
    );
  }
  return templateProblems(entry.bytes, recipe, posix.join(posix.dirname(source), path));
};

const templateProblems = (bytes: Buffer, recipe: ResolvedRecipe, source: string): Problem[] => {
  const secrets = recipe.secrets.map(({ name }) => name);
  try {
    fillTemplate(bytes.toString("utf8"), recipe.parameters, secrets, source);
    return [];
  } catch (error) {
    if (error instanceof InvalidRecipe) return [...error.problems];
    throw error;
  }
};

const copy = (open: OpenDrop, path: string, to: MemoryBundle): void => {
  const real = realOf(open, path);
  if (real === undefined) return;
  const clean = posix.normalize(path.replace(/\/+$/, ""));
  for (const [place, entry] of open.bundle.entries) {
    if (place === real) add(to, clean, entry);
    else if (place.startsWith(`${real}/`)) add(to, clean + place.slice(real.length), entry);
  }
};

const add = (to: MemoryBundle, path: string, entry: BundleEntry): void => {
  const parent = posix.dirname(path);
  if (parent !== "." && !to.entries.has(parent)) add(to, parent, { is: "folder" });
  to.set(path, entry);
};
