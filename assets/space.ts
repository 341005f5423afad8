import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { NotReady } from "../core/errors.ts";

/** What is written beside the disk itself: metadata of the file system, and room for others. */
const margin = 16 * 2 ** 20;

/** Makes sure that a file of so many bytes fits beside `path`. Throws NotReady. */
export const assertSpace = async (path: string, bytes: number): Promise<void> => {
  const folder = dirname(path);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes + margin) return;
  throw new NotReady(
    `${folder} has ${mebibytes(bavail * bsize)} MiB free, and ${path} takes up to ${mebibytes(bytes + margin)} MiB: make room, or choose another folder`,
  );
};

/**
 * What a failure is when it was for lack of space: NotReady. Else the failure itself. Call it while
 * what was written is still there.
 */
export const orFull = async (error: unknown, path: string): Promise<unknown> => {
  if (!(error instanceof Error) || !(await isFull(error.message, path))) return error;
  return new NotReady(
    `${dirname(path)} became full while ${path} was written: make room, or choose another folder`,
    { cause: error },
  );
};

/** QEMU's driver of VMDK says "Invalid argument" of a full disk. */
const isFull = async (complaint: string, path: string): Promise<boolean> => {
  if (/No space left on device|ENOSPC/.test(complaint)) return true;
  if (!complaint.includes("error while writing")) return false;
  const { bavail, bsize } = await statfs(dirname(path));
  return bavail * bsize < margin;
};

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
