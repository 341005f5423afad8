import { posix } from "node:path";
import { UnusableArchive } from "../errors.ts";
import { MAX_RECIPE_BYTES } from "../recipe/limits.ts";
import { shown } from "./clean-path.ts";

/** The name that needs no other sign. */
const usualName = "recipe.yaml";

const right = `a bundle has one ${usualName} at its top, or one .yaml, .yml or .json with \`image:\` in it`;

/** What is in a bundle's folder; the top's path is empty. */
export interface BundleTree {
  list(folder: string): Promise<{ name: string; is: "file" | "folder" | "other" }[]>;
  /** Undefined when it is longer than that many bytes. */
  text(path: string, most: number): Promise<string | undefined>;
}

/**
 * Path of the recipe of a bundle: `recipe.yaml`, or the only .yaml, .yml or .json with an `image`
 * at its top. It may be in a folder that is all there is, as archives often have. Throws
 * UnusableArchive, which lists what is there.
 */
export const findRecipe = async (tree: BundleTree, bundle = "the bundle"): Promise<string> => {
  const all = await visible(tree, "");
  const found = await recipesIn(tree, "", all);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    const names = found.map(shown);
    throw new UnusableArchive(`${bundle} has ${found.length} recipes, ${list(names)}: ${right}`);
  }
  const [inner] = all;
  if (all.length === 1 && inner?.is === "folder") return findBelow(tree, inner.name, bundle);
  throw await none(tree, { bundle, folder: "", how: "no" });
};

const findBelow = async (tree: BundleTree, folder: string, bundle: string): Promise<string> => {
  const [only, another] = await recipesIn(tree, folder, await visible(tree, folder));
  if (only !== undefined && another === undefined) return only;
  const how = another === undefined ? "no" : "more than one";
  throw await none(tree, { bundle, folder, how });
};

type Listed = Awaited<ReturnType<BundleTree["list"]>>;

/** Without what macOS adds to archives, and other hidden files. */
const visible = async (tree: BundleTree, folder: string): Promise<Listed> =>
  (await tree.list(folder)).filter(({ name }) => !name.startsWith(".") && name !== "__MACOSX");

const recipesIn = async (tree: BundleTree, folder: string, all: Listed): Promise<string[]> => {
  const files = all.filter(({ is }) => is === "file").map(({ name }) => name);
  if (files.includes(usualName)) return [posix.join(folder, usualName)];
  const paths = files
    .filter((name) => [".yaml", ".yml", ".json"].includes(posix.extname(name)))
    .toSorted()
    .map((name) => posix.join(folder, name));
  const recipes: string[] = [];
  for (const path of paths) {
    const text = await tree.text(path, MAX_RECIPE_BYTES);
    if (text !== undefined && isMeantAsRecipe(text)) recipes.push(path);
  }
  return recipes;
};

/** Whether a text is meant as a recipe: a broken one is, and its reader says what is broken. */
export const isMeantAsRecipe = (text: string): boolean =>
  /^\s*\{\s*["']?image["']?\s*:/.test(text) || /^["']?image["']?\s*:/m.test(text) || isJson(text);

const isJson = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && Object.hasOwn(value, "image");
  } catch {
    return false;
  }
};

const none = async (
  tree: BundleTree,
  { bundle, folder, how }: { bundle: string; folder: string; how: string },
): Promise<UnusableArchive> => {
  const where = folder === "" ? "" : `${shown(folder)}/`;
  const all = await tree.list(folder);
  const names = all.map(({ name }) => name).toSorted();
  const there =
    names.length === 0
      ? "it is empty"
      : `there is ${list(names.map((name) => where + shown(name)))}`;
  return new UnusableArchive(`${bundle} has ${how} recipe: ${there}; ${right}`);
};

const most = 10;

const list = (names: readonly string[]): string =>
  names.length <= most
    ? names.join(", ")
    : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
