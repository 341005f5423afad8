import { lstat, unlink, writeFile } from "node:fs/promises";
import { posix } from "node:path";
import { UnusablePath } from "../core/errors.ts";
import { despiteFlags } from "./flags.ts";
import { folderInside, insideParent } from "./inside.ts";

/** The host's path of an image's path, its folder made and its name free: a link is not followed. */
export const replaced = async (root: string, path: string): Promise<string> => {
  await folderInside(root, posix.dirname(path));
  const target = await insideParent(root, path);
  const there = await lstat(target).catch(() => undefined);
  if (there?.isDirectory()) throw new UnusablePath(`${path} is a folder in the image`);
  if (there !== undefined) await despiteFlags(target, path, () => unlink(target));
  return target;
};

/** Writes a file into the image in the place of what is there; its path on the host. */
export const writeReplaced = async (
  root: string,
  path: string,
  content: string | Buffer,
  mode = 0o644,
): Promise<string> => {
  const target = await replaced(root, path);
  await despiteFlags(target, path, () => writeFile(target, content, { flag: "wx", mode }));
  return target;
};
