import { UnfitForEsp } from "../../core/errors.ts";
import { shown } from "./shown.ts";

/** What a folder holds: relative paths, with a file's state, or `folder`; the same state is the same content. */
export type Manifest = ReadonlyMap<string, string>;

export const folder = "folder";

/** What is to be done to a FAT so that it holds what its copy does now; each list in its order. */
export interface EspChanges {
  removeFiles: string[];
  /** Deepest first. */
  removeFolders: string[];
  /** Outermost first. */
  makeFolders: string[];
  /** From a path of the copy to one of the FAT. */
  write: { from: string; to: string }[];
}

/**
 * Compares what was copied out of a FAT with what is there now. FAT knows `BOOT` and `boot` as one
 * name: of two such files, the one that was changed is meant. Throws UnfitForEsp.
 */
export const espChanges = (before: Manifest, after: Manifest): EspChanges => {
  const changes: EspChanges = { removeFiles: [], removeFolders: [], makeFolders: [], write: [] };
  const old = new Map([...before.keys()].map((path) => [keyOf(path), path]));
  const groups = Map.groupBy(after.keys(), keyOf);
  for (const [key, paths] of groups) {
    compare(old.get(key), pick(paths, before, after), { before, after, paths, changes });
  }
  for (const [key, path] of old) {
    if (!groups.has(key)) remove(path, before, changes);
  }
  changes.makeFolders.sort((one, other) => one.length - other.length);
  changes.removeFolders.sort((one, other) => other.length - one.length);
  return changes;
};

const keyOf = (path: string): string => path.toLowerCase();

interface Comparison {
  before: Manifest;
  after: Manifest;
  /** All that are one name to a FAT. */
  paths: readonly string[];
  changes: EspChanges;
}

const compare = (
  was: string | undefined,
  is: string,
  { before, after, paths, changes }: Comparison,
) => {
  const state = after.get(is);
  if (was === undefined) {
    fit(is);
    if (state === folder) changes.makeFolders.push(is);
    else changes.write.push({ from: is, to: is });
    return;
  }
  if ((before.get(was) === folder) !== (state === folder)) {
    remove(was, before, changes);
    return compare(undefined, is, { before, after, paths, changes });
  }
  if (state === folder) return;
  // the old name stays where it is still there, and where only its folder is spelled otherwise
  const renamed = !paths.includes(was) && nameOf(was) !== nameOf(is);
  if (renamed) changes.removeFiles.push(was);
  if (renamed || before.get(was) !== state)
    changes.write.push({ from: is, to: renamed ? is : was });
};

const pick = (paths: readonly string[], before: Manifest, after: Manifest): string => {
  const [first = ""] = paths;
  if (paths.length === 1 || paths.every((path) => after.get(path) === folder)) return first;
  const changed = paths.filter((path) => before.get(path) !== after.get(path));
  const [one] = changed;
  if (changed.length === 1 && one !== undefined) return one;
  throw new UnfitForEsp(
    `${paths.map(shown).join(" and ")} are one name on the EFI system partition, where case does ` +
      "not matter; only one of them can be kept",
  );
};

const remove = (path: string, before: Manifest, changes: EspChanges): void => {
  fit(path);
  if (before.get(path) === folder) changes.removeFolders.push(path);
  else changes.removeFiles.push(path);
};

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Microsoft's FAT specification; and brackets, which mtools take for a pattern. */
const unfit = /[\p{C}"*:<>?\\|[\]]|[. ]$/u;
const longestName = 255;

const fit = (path: string): void => {
  const name = nameOf(path);
  if (!unfit.test(name) && name.length <= longestName) return;
  throw new UnfitForEsp(`${shown(path)} is no name that the EFI system partition can hold`);
};
