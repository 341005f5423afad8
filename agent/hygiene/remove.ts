import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed } from "../../core/errors.ts";
import { inside, insideParent } from "../inside.ts";
import { attempt } from "../run.ts";

/*
 * `find` does the work: it reaches what no path is long enough for, and names that are no text. It
 * never follows a link, opens no file, and unlinks a hard link without touching the file itself.
 */

/** An expression of find(1): which of the things below a folder. */
export type Which = readonly string[];

/** Names, by find's patterns. */
export const named = (...patterns: string[]): Which => [
  "(",
  ...patterns.flatMap((pattern, index) => [...(index > 0 ? ["-o"] : []), "-name", pattern]),
  ")",
];

/** Everything but folders: programs expect to find those with their owners. */
export const notFolders: Which = ["!", "-type", "d"];

/**
 * Removes things in a folder of the image by their names' patterns, those in folders below it and
 * folders themselves not. Throws CommandFailed.
 */
export const removeNamed = (root: string, folder: string, ...patterns: string[]): Promise<void> =>
  removeNamedIn(root, [folder], ...patterns);

/** Folders that one command is given. */
const mostFolders = 500;

/** As `removeNamed`, in many folders: an image may have thousands of homes. Throws CommandFailed. */
export const removeNamedIn = async (
  root: string,
  folders: readonly string[],
  ...patterns: string[]
): Promise<void> => {
  const which = ["-maxdepth", "1", ...notFolders, ...named(...patterns), "-delete"];
  let paths: string[] = [];
  for (const [index, folder] of folders.entries()) {
    const path = await inside(root, folder).catch(() => undefined);
    if (path !== undefined && (await mayHold(path, patterns))) paths.push(path);
    if (paths.length === mostFolders || index === folders.length - 1) {
      await findIn(paths, which, folder);
      paths = [];
    }
  }
};

/**
 * Removes, of all below a folder of the image, what `which` selects; everything when it says
 * nothing. The folder itself stays. One that is a link is left as it is, because what an image's
 * `/tmp` leads to may be its `/etc`. Throws CommandFailed.
 */
export const emptyFolder = async (root: string, folder: string, which: Which = []) => {
  const path = await realFolder(root, folder);
  if (path === undefined || !(await mayHold(path))) return;
  await findIn(path, [...which, "-delete"], folder);
};

/** The host's path of a folder of the image; undefined where it is a link or something else. */
export const realFolder = async (root: string, folder: string): Promise<string | undefined> => {
  const path = await insideParent(root, folder).catch(() => undefined);
  return path !== undefined && (await isFolder(path)) ? path : undefined;
};

/** Applies an expression of find to all below a folder, or several. Throws CommandFailed. */
export const findIn = async (
  path: string | readonly string[],
  expression: Which,
  name: string,
): Promise<void> => {
  const paths = [path].flat();
  if (paths.length === 0) return; // find would take the folder it is in
  const argv = ["find", ...paths, "-mindepth", "1", ...expression];
  // in C, a pattern matches bytes that are no text, too
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" };
  if ((await attempt(argv, { env })).status === 0) return;
  // an image may have files that are immutable or append-only; root may say that they are not
  await attempt(["chattr", "-R", "-f", "-i", "-a", "--", ...paths], { env });
  const { status, tail } = await attempt(argv, { env });
  if (status === 0) return;
  throw new CommandFailed([`${name} of the image could not be cleaned:`, ...tail].join("\n"));
};

/** Whether find is worth its start: most of what an image might have is not there. */
const mayHold = async (path: string, patterns: readonly string[] = ["*"]): Promise<boolean> => {
  if (!(await isFolder(path))) return false;
  if (patterns.some((pattern) => /[*?[\\]/.test(pattern))) return !(await isEmpty(path));
  const there = patterns.map((name) => lstat(join(path, name)).catch(() => undefined));
  return (await Promise.all(there)).some((found) => found !== undefined);
};

const isEmpty = async (path: string): Promise<boolean> => {
  await using folder = await opendir(path, { encoding: "latin1" });
  return (await folder.read()) === null;
};

const isFolder = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() === true;
