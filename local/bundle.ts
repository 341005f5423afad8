import { cp, lstat, mkdir, realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { UnusablePath } from "../core/errors.ts";

/**
 * Copies the files a recipe names, so that a bake uses what they were when it started. A link in
 * the recipe's folder may lead about in it, never out of it. Throws UnusablePath.
 */
export const copyBundle = async (
  folder: string,
  files: readonly string[],
  bundle: string,
): Promise<void> => {
  await mkdir(bundle, { recursive: true });
  const home = await realpath(folder);
  for (const file of files) {
    const from = await realpath(join(home, file));
    if (relative(home, from).split(sep)[0] === "..") {
      throw new UnusablePath(`${file} leads out of the recipe's folder, to ${from}`);
    }
    const to = join(bundle, file);
    await mkdir(dirname(to), { recursive: true });
    await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: isCopied });
  }
};

/** A socket, a device or a fifo is nobody's file to install. */
const isCopied = async (path: string): Promise<boolean> => {
  const there = await lstat(path);
  return there.isFile() || there.isDirectory() || there.isSymbolicLink();
};
