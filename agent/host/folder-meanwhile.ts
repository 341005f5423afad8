import { lstat, mkdir, rmdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { UnusablePath } from "../../core/errors.ts";
import { inside } from "../inside.ts";

export interface FolderMeanwhile extends AsyncDisposable {
  /** On the host. */
  path: string;
}

/**
 * A folder of the image, resolved inside it; what of it was missing is made, and removed again when
 * the scope ends, unless something is in it by then. Throws UnusablePath.
 */
export const folderMeanwhile = async (root: string, path: string): Promise<FolderMeanwhile> => {
  const folder = await inside(root, path);
  const first = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new UnusablePath(`${path} cannot be a folder: something else is there`, { cause: error });
  });
  const made = first === undefined ? [] : from(first, folder);
  return {
    path: folder,
    async [Symbol.asyncDispose]() {
      for (const one of made) if (!(await removed(root, one))) return;
    },
  };
};

/** The folders from the last to the first. */
const from = (first: string, last: string): string[] => {
  const names = relative(first, last).split("/").filter(Boolean);
  return [
    first,
    ...names.map((_, index) => join(first, ...names.slice(0, index + 1))),
  ].toReversed();
};

/** Whether it was empty. A step may have put something else in its place, a link out of the image too. */
const removed = async (root: string, folder: string): Promise<boolean> => {
  const now = await inside(root, `/${relative(root, folder)}`);
  if (now !== folder || !(await lstat(now).catch(() => undefined))?.isDirectory()) return false;
  return rmdir(now).then(
    () => true,
    () => false,
  );
};
