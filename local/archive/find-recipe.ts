import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BundleTree, findRecipe as findIn } from "../../core/archive/find-recipe.ts";

/** Path of the recipe of a bundle's folder on this machine. Throws UnusableArchive. */
export const findRecipe = async (folder: string, bundle?: string): Promise<string> =>
  join(folder, await findIn(diskTree(folder), bundle));

const diskTree = (top: string): BundleTree => ({
  async list(folder) {
    const all = await readdir(join(top, folder), { withFileTypes: true });
    return all.map((entry) => {
      const is = entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other";
      return { name: entry.name, is };
    });
  },
  async text(path, most) {
    const file = join(top, path);
    return (await stat(file)).size > most ? undefined : readFile(file, "utf8");
  },
});
