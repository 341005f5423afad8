import { existsSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { InUse, NotFound } from "../core/errors.ts";
import { BakeId } from "../core/ids.ts";
import { discard } from "./discard.ts";
import { keptUntil } from "./kept.ts";
import { type Lock, tryLock } from "./lock.ts";
import { detachLoops } from "./loop-devices.ts";
import { isMissing, isTaken } from "./missing.ts";
import { bakeFolder, bakeLog, keptLog, type Paths } from "./paths.ts";

/** A bake while it lives, or is looked at: the folder of all it holds, under its lock. */
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
  isUsed: (bake: BakeId) => boolean,
): Promise<OpenBake> => {
  for (let attempt = 1; attempt < attempts; attempt++) {
    const bake = BakeId.parse(`${version}-${attempt}`);
    // to claim takes programs, and of a recipe that is baked often most are used
    if (isUsed(bake)) continue;
    const open = await claim(paths, bake);
    if (open === undefined) continue;
    // asked again now that nobody else can make an image or a log of that id
    if (!isUsed(bake)) return open;
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

/** Takes over what a dead bake left, or answers undefined when it lives or its builder is kept. */
export const seizeBake = async (paths: Paths, bake: BakeId): Promise<OpenBake | undefined> => {
  try {
    await mkdir(bakeFolder(paths, bake), { recursive: true, mode: 0o700 });
    const lock = await tryLock(join(bakeFolder(paths, bake), "lock"));
    if (lock === undefined) return undefined;
    if ((await keptUntil(paths, bake)) === undefined) return held(paths, bake, lock);
    await lock[Symbol.asyncDispose]();
    return undefined;
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
      if ((await keptUntil(paths, bake)) === undefined) await discard(paths, folder);
      await lock[Symbol.asyncDispose]();
    },
  };
};

/**
 * Opens a bake that has ended and whose builder is kept; disposing it leaves it so, unless it is
 * no longer kept by then. Throws NotFound, InUse.
 */
export const openKept = async (paths: Paths, bake: BakeId): Promise<OpenBake> => {
  if ((await keptUntil(paths, bake)) === undefined) throw noneKept(bake);
  const lock = await tryLock(join(bakeFolder(paths, bake), "lock")).catch((error: unknown) => {
    throw isMissing(error) ? noneKept(bake) : error;
  });
  if (lock === undefined) {
    throw new InUse(`a shell is open on the builder of ${bake}, or its bake has not ended yet`);
  }
  const open = held(paths, bake, lock);
  if ((await keptUntil(paths, bake)) !== undefined) return open;
  await open[Symbol.asyncDispose](); // its time was up, or another released it
  throw noneKept(bake);
};

const noneKept = (bake: BakeId): NotFound =>
  new NotFound(`the builder of ${bake} is not kept any more`);

/** Ids of all bakes that have a folder, dead or alive. */
export const bakesWithFolders = async (paths: Paths): Promise<BakeId[]> =>
  (await readdir(paths.bakes)).flatMap((name) => {
    const parsed = BakeId.safeParse(name);
    return parsed.success ? [parsed.data] : [];
  });

/** Whether a bake's log was kept. */
export const hasLog = (paths: Paths, bake: BakeId): boolean => existsSync(keptLog(paths, bake));
