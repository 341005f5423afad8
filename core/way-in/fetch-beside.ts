import { posix } from "node:path";
import { cleanPath } from "../archive/clean-path.ts";
import { Budget } from "../archive/limits.ts";
import type { MemoryBundle } from "../archive/memory-bundle.ts";
import type { Drops } from "../drops.ts";
import { dropLimits } from "./open-drop.ts";

export interface Beside {
  key: string;
  versionId?: string;
}

/**
 * Adds the files and folders of these paths that lie beside a lone recipe in the bucket; answers
 * which versions were read. S3 knows no permissions: what begins with `#!` is made executable.
 * What is not there is not added. Throws UnusableArchive for too much.
 */
export const fetchBeside = async (
  drops: Drops,
  recipeKey: string,
  { bundle, paths }: { bundle: MemoryBundle; paths: readonly string[] },
): Promise<Beside[]> => {
  const folder = recipeKey.slice(0, recipeKey.lastIndexOf("/") + 1);
  const budget = new Budget(Infinity, dropLimits);
  const found: Beside[] = [];
  for (const { key, size } of await listAll(drops, folder, paths)) {
    const path = key.slice(folder.length);
    if (bundle.entries.has(path) || !isCleanName(path)) continue;
    budget.count();
    budget.take(size);
    const { bytes, versionId } = await drops.read(key);
    addFolders(bundle, path);
    const mode = bytes.toString("latin1", 0, 2) === "#!" ? 0o755 : 0o644;
    bundle.set(path, { is: "file", bytes, mode });
    found.push({ key, versionId });
  }
  return found;
};

/** Of `files` the object of that name, and what is below `files/`. */
const listAll = async (drops: Drops, folder: string, paths: readonly string[]) => {
  const found = new Map<string, { key: string; size: number }>();
  for (const path of paths) {
    const wanted = folder + path.replace(/\/+$/, "");
    for (const object of await drops.list(wanted)) {
      if (object.key === wanted || object.key.startsWith(`${wanted}/`))
        found.set(object.key, object);
    }
  }
  return [...found.values()];
};

/** Consoles make an object for a folder, with a name that ends in a slash. */
const isCleanName = (path: string): boolean => {
  const clean = cleanPath(path);
  return "names" in clean && clean.names.join("/") === path;
};

const addFolders = (bundle: MemoryBundle, path: string): void => {
  const parent = posix.dirname(path);
  if (parent === "." || bundle.entries.has(parent)) return;
  addFolders(bundle, parent);
  bundle.set(parent, { is: "folder" });
};
