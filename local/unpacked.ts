import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { findRecipe } from "./archive/find-recipe.ts";
import { unpackBundle } from "./archive/unpack-bundle.ts";
import { tryLock } from "./lock.ts";
import { isMissing } from "./missing.ts";
import type { Paths } from "./paths.ts";

/** A bundle that was unpacked, until the scope ends. */
export interface Unpacked extends AsyncDisposable {
  /** Path of the recipe in it. */
  recipe: string;
  /** The same from the archive's top. */
  within: string;
}

/** Unpacks an archive in the state directory. Throws UnusableArchive, NotReady. */
export const openBundle = async (
  paths: Paths,
  archive: string,
  signal: AbortSignal,
): Promise<Unpacked> => {
  const folder = join(paths.bundles, randomUUID());
  await using scope = new AsyncDisposableStack();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const lock = await tryLock(join(folder, "lock"));
  if (lock === undefined) throw new Error(`${folder} is new and somebody else's`);
  scope.use(lock);
  const to = join(folder, "content");
  await unpackBundle({ archive, to, signal });
  const recipe = await findRecipe(to, archive);
  const open = scope.move();
  return { recipe, within: relative(to, recipe), [Symbol.asyncDispose]: () => open.disposeAsync() };
};

/** Removes what commands that were killed unpacked; says how many. */
export const sweepBundles = async (paths: Paths): Promise<number> => {
  let removed = 0;
  for (const name of await foldersIn(paths.bundles)) {
    const folder = join(paths.bundles, name);
    await using lock = await tryLock(join(folder, "lock")).catch(() => undefined);
    if (lock === undefined) continue;
    await rm(folder, { recursive: true, force: true });
    removed++;
  }
  return removed;
};

const foldersIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
