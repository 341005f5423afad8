import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { BakeId } from "../core/ids.ts";
import { discard } from "./discard.ts";
import { type Lock, tryLock } from "./lock.ts";
import { detachLoops } from "./loop-devices.ts";
import { isMissing, isTaken } from "./missing.ts";
import { bakeFolder, bakeLog, keptLog, type Paths } from "./paths.ts";

/** A bake while it lives: the folder of all it holds, under its lock. */
export interface OpenBake extends AsyncDisposable {
  bake: BakeId;
  folder: string;
  lock: Lock;
  /** Keeps the log when the bake ends; its path. */
  keepLog(): Promise<string>;
}

const attempts = 1000;

/**
 * Opens a new bake of that version (`name-hash16`): the first attempt that has no folder, no kept
 * log and no image yet. Disposing it removes the folder with all that is in it.
 */
export const openBake = async (
  paths: Paths,
  version: string,
  isUsed: (bake: BakeId) => Promise<boolean>,
): Promise<OpenBake> => {
  for (let attempt = 1; attempt < attempts; attempt++) {
    const bake = BakeId.parse(`${version}-${attempt}`);
    const open = await claim(paths, bake);
    if (open === undefined) continue;
    // asked only now that nobody else can make an image or a log of that id
    if (!(await isUsed(bake))) return open;
    await open[Symbol.asyncDispose]();
  }
  throw new Error(`${version} was attempted ${attempts} times; remove old logs in ${paths.logs}`);
};

const claim = async (paths: Paths, bake: BakeId): Promise<OpenBake | undefined> => {
  const folder = bakeFolder(paths, bake);
  try {
    await mkdir(folder, { mode: 0o700 });
    const lock = await tryLock(join(folder, "lock"));
    return lock === undefined ? undefined : held(paths, bake, lock);
  } catch (error) {
    if (isTaken(error) || isMissing(error)) return undefined;
    throw error;
  }
};

/** Takes over what a dead bake left, or answers undefined when the bake lives. */
export const seizeBake = async (paths: Paths, bake: BakeId): Promise<OpenBake | undefined> => {
  try {
    await mkdir(bakeFolder(paths, bake), { recursive: true, mode: 0o700 });
    const lock = await tryLock(join(bakeFolder(paths, bake), "lock"));
    return lock === undefined ? undefined : held(paths, bake, lock);
  } catch (error) {
    if (isMissing(error)) return undefined; // another sweep was faster
    throw error;
  }
};

const held = (paths: Paths, bake: BakeId, lock: Lock): OpenBake => {
  const folder = bakeFolder(paths, bake);
  return {
    bake,
    folder,
    lock,
    async keepLog() {
      await rename(bakeLog(paths, bake), keptLog(paths, bake));
      return keptLog(paths, bake);
    },
    async [Symbol.asyncDispose]() {
      await detachLoops(folder);
      await discard(paths, folder);
      await lock[Symbol.asyncDispose]();
    },
  };
};

/** Ids of all bakes that have a folder, dead or alive. */
export const bakesWithFolders = async (paths: Paths): Promise<BakeId[]> =>
  (await readdir(paths.bakes)).flatMap((name) => {
    const parsed = BakeId.safeParse(name);
    return parsed.success ? [parsed.data] : [];
  });

/** Ids of all bakes that have a kept log. */
export const bakesWithLogs = async (paths: Paths): Promise<string[]> =>
  (await readdir(paths.logs)).map((name) => name.replace(/\.jsonl$/, ""));
