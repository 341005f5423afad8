import { constants } from "node:fs";
import { chmod, copyFile, type FileHandle, lstat, open, rename, rm } from "node:fs/promises";
import { posix } from "node:path";
import { CommandFailed, UnusablePath } from "../../core/errors.ts";
import type { HostFile } from "../../core/host.ts";
import { insideParent } from "../inside.ts";
import { folderMeanwhile } from "./folder-meanwhile.ts";

/** What the image has under the name meanwhile lies beside it. */
const suffix = ".ovenbird-image";

/**
 * Has copies of the builder's files in the image until the scope ends. Then the image's own are put
 * back, whatever steps made of the copies. Throws UnusablePath, CommandFailed.
 */
export const openCopiedFiles = async (
  root: string,
  files: readonly HostFile[],
): Promise<AsyncDisposable> => {
  await using scope = new AsyncDisposableStack();
  for (const file of files) {
    scope.use(await folderMeanwhile(root, posix.dirname(file.to)));
    const target = await insideParent(root, file.to);
    const there = await lstat(target).catch(() => undefined);
    if (there?.isDirectory()) throw new UnusablePath(`${file.to} is a folder in the image`);
    await rm(target + suffix, { recursive: true, force: true });
    if (there !== undefined) await rename(target, target + suffix);
    const copy: Copy = { root, to: file.to };
    scope.defer(() => putBack(copy));
    copy.file = await copied(file, target);
  }
  return scope.move();
};

interface Copy {
  root: string;
  to: string;
  /** The copy, whatever has its name by then. */
  file?: FileHandle;
}

const copied = async ({ from, to }: HostFile, target: string): Promise<FileHandle> => {
  try {
    await copyFile(from, target, constants.COPYFILE_EXCL);
    const { mode } = await lstat(target);
    await chmod(target, mode & 0o777); // whose it was there, nobody knows here
    return await open(target, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    const message = `${from} of the builder could not be copied to ${to} of the image`;
    throw new CommandFailed(`${message}: ${String(error)}`, { cause: error });
  }
};

const putBack = async ({ root, to, file }: Copy): Promise<void> => {
  const target = await insideParent(root, to);
  const there = await lstat(target).catch(() => undefined);
  if (there !== undefined) await rm(target, { recursive: true });
  if (file !== undefined) await overwrite(file);
  const original = target + suffix;
  if (await lstat(original).catch(() => undefined)) await rename(original, target);
};

/**
 * Blocks that are freed stay in a snapshot where nothing discards them. A copy that was not written
 * to the disk yet never is; one that was has zeros in its place, but for file systems that write
 * every block anew. What a step gave another name is the step's.
 */
const overwrite = async (copy: FileHandle): Promise<void> => {
  await using file = copy;
  const { size, nlink } = await file.stat();
  if (nlink > 0) return;
  const zeros = Buffer.alloc(64 * 1024);
  for (let at = 0; at < size; at += zeros.length) {
    await file.write(zeros, 0, Math.min(zeros.length, size - at), at);
  }
  await file.sync();
};
