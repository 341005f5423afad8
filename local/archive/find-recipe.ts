import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { MAX_RECIPE_BYTES } from "../../core/recipe/limits.ts";
import { shown } from "./clean-path.ts";
import { UnusableArchive } from "../../core/errors.ts";

/** The name that needs no other sign. */
const usualName = "recipe.yaml";

const right = `a bundle has one ${usualName} at its top, or one .yaml, .yml or .json with \`image:\` in it`;

/**
 * The recipe of a bundle's folder: `recipe.yaml`, or the only .yaml, .yml or .json with an `image`
 * at its top. It may be in a folder that is all there is, as archives often have. Throws
 * UnusableArchive, which lists what is there.
 */
export const findRecipe = async (folder: string, bundle = "the bundle"): Promise<string> => {
  const all = await visible(folder);
  const found = await recipesIn(folder, all);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    const names = found.map((path) => shown(path.slice(folder.length + 1)));
    throw new UnusableArchive(`${bundle} has ${found.length} recipes, ${list(names)}: ${right}`);
  }
  const [inner] = all;
  if (all.length === 1 && inner?.isDirectory() === true) {
    const below = join(folder, inner.name);
    const [only, another] = await recipesIn(below, await visible(below));
    if (only !== undefined && another === undefined) return only;
    throw await none(
      bundle,
      below,
      `${shown(inner.name)}/`,
      another === undefined ? "no" : "more than one",
    );
  }
  throw await none(bundle, folder, "", "no");
};

type Visible = Awaited<ReturnType<typeof visible>>;

/** Without what macOS adds to archives, and other hidden files. */
const visible = async (folder: string) =>
  (await readdir(folder, { withFileTypes: true })).filter(
    ({ name }) => !name.startsWith(".") && name !== "__MACOSX",
  );

const recipesIn = async (folder: string, all: Visible): Promise<string[]> => {
  const files = all.filter((entry) => entry.isFile()).map(({ name }) => name);
  if (files.includes(usualName)) return [join(folder, usualName)];
  const paths = files
    .filter((name) => [".yaml", ".yml", ".json"].includes(extname(name)))
    .toSorted()
    .map((name) => join(folder, name));
  const recipes: string[] = [];
  for (const path of paths) if (await hasImage(path)) recipes.push(path);
  return recipes;
};

/** Whether it is meant as a recipe: a broken one is, and its reader says what is broken. */
const hasImage = async (path: string): Promise<boolean> => {
  if ((await stat(path)).size > MAX_RECIPE_BYTES) return false;
  const text = await readFile(path, "utf8");
  return (
    /^\s*\{\s*["']?image["']?\s*:/.test(text) || /^["']?image["']?\s*:/m.test(text) || isJson(text)
  );
};

const isJson = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && Object.hasOwn(value, "image");
  } catch {
    return false;
  }
};

const none = async (
  bundle: string,
  folder: string,
  where: string,
  how: string,
): Promise<UnusableArchive> => {
  const names = (await readdir(folder)).toSorted().map((name) => `${where}${shown(name)}`);
  const there = names.length === 0 ? "it is empty" : `there is ${list(names)}`;
  return new UnusableArchive(`${bundle} has ${how} recipe: ${there}; ${right}`);
};

const most = 10;

const list = (names: readonly string[]): string =>
  names.length <= most
    ? names.join(", ")
    : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
