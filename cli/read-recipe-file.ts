import { constants } from "node:fs";
import { access, open, readdir, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InvalidRecipe } from "../core/recipe/invalid-recipe.ts";
import { MAX_RECIPE_BYTES, tooLarge } from "../core/recipe/limits.ts";
import { nearest } from "../core/recipe/nearest.ts";
import { UsageError } from "./errors.ts";

/** The text of a recipe file; `shown` is how people are told of it. Throws UsageError, or InvalidRecipe when it is no text of that size. */
export const readRecipeFile = async (path: string, shown = path): Promise<string> => {
  await using file = await opened(path);
  const stats = await file.stat();
  if (stats.isDirectory()) throw await folderInstead(path);
  if (!stats.isFile()) throw new UsageError(`${path}: not a regular file`, "name a recipe file");
  if (stats.size > MAX_RECIPE_BYTES) throw atStart(shown, tooLarge(stats.size));
  const bytes = await file.readFile();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw atStart(shown, {
      message: "this is not a text file",
      hint: "a recipe is YAML or JSON in UTF-8",
    });
  }
};

const opened = async (path: string): Promise<FileHandle> => {
  try {
    // Non-blocking, since opening a pipe that nobody writes to would wait for ever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw await unopened(path, error);
  }
};

const unopened = async (path: string, error: unknown): Promise<UsageError> => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new UsageError(`${path}: there is no such file`, await suggestion(path), {
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new UsageError(`${path}: you may not read it`, "run `chmod +r` on it, or use sudo", {
      cause: error,
    });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new UsageError(`${path}: it cannot be read: ${why}`, "name a recipe file", {
    cause: error,
  });
};

/** The recipe most likely meant: one of a similar name, or one that is there at all. */
const suggestion = async (path: string): Promise<string> => {
  const folder = dirname(path);
  const recipes = await recipesIn(folder);
  const meant = nearest(basename(path), recipes);
  if (meant !== undefined) return `did you mean ${join(folder, meant)}?`;
  const [first] = recipes;
  const example = first === undefined ? "recipes/debian-web.yaml" : join(folder, first);
  return `name a recipe file, as in ${example}`;
};

const folderInstead = async (path: string): Promise<UsageError> => {
  const [first] = await recipesIn(path);
  const hint =
    first === undefined ? "name a recipe file" : `name the file, as in ${join(path, first)}`;
  return new UsageError(`${path}: this is a folder`, hint);
};

const recipesIn = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => []);
  const recipes: string[] = [];
  for (const name of names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).toSorted()) {
    const readable = await access(join(folder, name), constants.R_OK).then(
      () => true,
      () => false,
    );
    if (readable) recipes.push(name);
  }
  return recipes;
};

const atStart = (source: string, what: { message: string; hint: string }): InvalidRecipe =>
  new InvalidRecipe([{ source, line: 1, column: 1, ...what }]);
