import { constants } from "node:fs";
import { access, open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { ResolvedRecipe } from "../core/job.ts";
import type { BundleFile } from "../core/recipe/bundle.ts";
import { fillTemplate } from "../core/recipe/fill.ts";
import { InvalidRecipe, type Problem } from "../core/recipe/invalid-recipe.ts";
import { MAX_EXPANSION } from "../core/recipe/limits.ts";
import { nearest } from "../core/recipe/nearest.ts";
import type { RecipeFile } from "./recipe-file.ts";

export interface Bundle {
  file: RecipeFile;
  recipe: ResolvedRecipe;
  files: readonly BundleFile[];
}

/** What is wrong with the files that a recipe names: those missing, outside, or ill filled in. */
export const checkBundle = async (bundle: Bundle): Promise<Problem[]> => {
  const problems: Problem[] = [];
  const wrong: string[] = [];
  for (const file of bundle.files) {
    // what is in a folder that is not there is not there either
    if (wrong.some((folder) => file.path.startsWith(`${folder}/`))) continue;
    const found = await checkFile(bundle, file);
    if (found.length > 0) wrong.push(file.path);
    problems.push(...found);
  }
  return problems;
};

const checkFile = async (bundle: Bundle, file: BundleFile): Promise<Problem[]> => {
  const folder = dirname(bundle.file.path);
  const shown = bundle.file.shownBeside(file.path);
  const wrong = (message: string, hint: string): Problem[] => [
    { source: bundle.file.shown, line: file.line, column: file.column, message, hint },
  ];
  const real = await realpath(join(folder, file.path)).catch(() => undefined);
  if (real === undefined)
    return wrong(`there is no ${shown}`, await missingHint(folder, file.path));
  // A link may lead anywhere on this machine, and the image would carry off what is there.
  if (isOutside(await realpath(folder), real)) {
    return wrong(
      `${shown} leads out of the recipe's folder`,
      "put the file itself beside the recipe",
    );
  }
  const stats = await stat(real);
  if (!stats.isFile() && !stats.isDirectory()) {
    return wrong(`${shown} is neither a file nor a folder`, "name a file or a folder");
  }
  if (!(await isReadable(real))) {
    return wrong(`${shown} cannot be read`, "run `chmod +r` on it, or use sudo");
  }
  if (!file.template || stats.isDirectory()) return [];
  if (stats.size > MAX_EXPANSION) {
    return wrong(`the template ${shown} is ${stats.size} bytes long`, `at most ${MAX_EXPANSION}`);
  }
  return checkTemplate(bundle, real, shown);
};

const checkTemplate = async (
  { recipe }: Bundle,
  path: string,
  shown: string,
): Promise<Problem[]> => {
  await using file = await open(path);
  const secrets = recipe.secrets.map(({ name }) => name);
  try {
    fillTemplate(await file.readFile("utf8"), recipe.parameters, secrets, shown);
    return [];
  } catch (error) {
    if (error instanceof InvalidRecipe) return [...error.problems];
    throw error;
  }
};

const isOutside = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === ".." || way.startsWith("../");
};

const isReadable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

const missingHint = async (folder: string, path: string): Promise<string> => {
  const beside = dirname(path);
  const names = await readdir(join(folder, beside)).catch(() => []);
  const meant = nearest(basename(path), names);
  return meant === undefined
    ? "paths begin in the recipe's own folder"
    : `did you mean ${join(beside, meant)}?`;
};
