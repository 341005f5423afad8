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
  await using scope = new AsyncDisposableStack();
  const folder = scope.use(await openScratch(paths));
  const to = join(folder.path, "content");
  await unpackBundle({ archive, to, signal });
  const recipe = await findRecipe(to, archive);
  const open = scope.move();
  return { recipe, within: relative(to, recipe), [Symbol.asyncDispose]: () => open.disposeAsync() };
};

/** A folder for one command, in the state directory; should it be killed, a sweep removes it. */
export const openScratch = async (paths: Paths): Promise<AsyncDisposable & { path: string }> => {
  const path = join(paths.bundles, randomUUID());
  await using scope = new AsyncDisposableStack();
  await mkdir(path, { recursive: true, mode: 0o700 });
  scope.defer(() => rm(path, { recursive: true, force: true }));
  const lock = await tryLock(join(path, "lock"));
  if (lock === undefined) throw new Error(`${path} is new and somebody else's`);
  scope.use(lock);
  const open = scope.move();
  return { path, [Symbol.asyncDispose]: () => open.disposeAsync() };
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
