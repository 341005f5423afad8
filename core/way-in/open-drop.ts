import { posix } from "node:path";
import { isMeantAsRecipe, findRecipe } from "../archive/find-recipe.ts";
import { isArchiveName } from "../archive/kind-of-archive.ts";
import type { Limits } from "../archive/limits.ts";
import { MemoryBundle } from "../archive/memory-bundle.ts";
import { type Drop, isBelow } from "../drop.ts";
import type { Dropping } from "../drops.ts";
import { UnusableArchive } from "../errors.ts";
import { InvalidRecipe } from "../recipe/invalid-recipe.ts";
import { MAX_RECIPE_BYTES, tooLarge } from "../recipe/limits.ts";

/**
 * What a bundle may come to where it is dropped: it is unpacked in a function's memory. Larger
 * files are assets, which the recipe names with their digest.
 */
export const dropLimits: Limits = {
  bytes: 256 * 1024 ** 2,
  entries: 10_000,
  ratio: 200,
  freely: 64 * 1024 ** 2,
};

/** Bytes of the largest archive that is read. */
const largestArchive = 128 * 1024 ** 2;

/** A recipe with the files that came with it. */
export interface OpenDrop {
  bundle: MemoryBundle;
  /** The recipe's path in the bundle. */
  recipe: string;
  /** Whether it came alone: then its files are beside it in the bucket. */
  lone: boolean;
}

/** Refuses by its size what would be too much to read. Throws InvalidRecipe, UnusableArchive. */
export const refuseLarge = ({ key, size }: Drop): void => {
  if (!isArchiveName(key)) {
    if (size <= MAX_RECIPE_BYTES) return;
    throw new InvalidRecipe([{ source: key, line: 1, column: 1, ...tooLarge(size) }]);
  }
  if (size <= largestArchive) return;
  throw new UnusableArchive(
    `${key} has ${size} bytes, and a bundle that is dropped has at most ${largestArchive}: fetch large files as assets`,
  );
};

/**
 * Opens what was dropped; undefined when it is no recipe and is not meant as one, as the files of
 * a playbook are not. Throws UnusableArchive, InvalidRecipe.
 */
export const openDrop = async (drop: Drop, { bytes }: Dropping): Promise<OpenDrop | undefined> => {
  const { key } = drop;
  if (isArchiveName(key)) {
    // most drops are lone recipes, and a function's start is waited for
    const { unpackInMemory } = await import("../archive/unpack-memory.ts");
    const bundle = await unpackInMemory(key, bytes, dropLimits);
    return { bundle, recipe: await findRecipe(bundle, key), lone: false };
  }
  if (isBelow(key) && !isMeantAsRecipe(bytes.toString("utf8"))) return undefined;
  const bundle = new MemoryBundle();
  const recipe = posix.basename(key);
  bundle.set(recipe, { is: "file", bytes, mode: 0o644 });
  return { bundle, recipe, lone: true };
};

/** The recipe's text. Throws InvalidRecipe when it is none. */
export const recipeText = ({ bundle, recipe }: OpenDrop, source: string): string => {
  const file = bundle.entries.get(recipe);
  const bytes = file?.is === "file" ? file.bytes : Buffer.alloc(0);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const message = "this is not a text file";
    const hint = "a recipe is YAML or JSON in UTF-8";
    throw new InvalidRecipe([{ source, line: 1, column: 1, message, hint }]);
  }
};
