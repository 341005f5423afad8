import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "./missing.ts";
import type { Paths } from "./paths.ts";

/** Begins the name of a folder whose removal began; a sweep ends it. */
export const goneMark = ".gone-";

/**
 * Removes a folder of the state directory so that nobody ever sees half of it: out of the way
 * first, by one rename. Answers false when somebody else has done so.
 */
export const discard = async (paths: Paths, folder: string): Promise<boolean> => {
  const gone = join(paths.bakes, `${goneMark}${randomUUID()}`);
  await mkdir(paths.bakes, { recursive: true });
  try {
    await rename(folder, gone);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  await rm(gone, { recursive: true, force: true });
  return true;
};
