import { statSync } from "node:fs";
import { mergedOrigins, type PackageOrigins } from "../../../core/inventory/found/package-list.ts";
import { databasePlace, DatabaseProblem } from "../database-file.ts";
import { readDpkg } from "../dpkg.ts";
import type { ListCache } from "./cache.ts";
import { type ListsAhead, openListsAhead } from "./ahead.ts";
import { originKey, readAptLists } from "./read.ts";

/** What was noted of where an image's packages are from. */
export interface OriginNotes {
  found: PackageOrigins;
  /** Puts lists that are known into their empty `folder`, by a path of the host. */
  seed(folder: string): Promise<void>;
  /** Begins to read lists that apt fetched. */
  readAhead(folder: string): void;
  /** Reads no more ahead. */
  rest(): Promise<void>;
  /** Looks at apt's lists, if there are any that were not looked at. Nothing of the image may run. */
  look(): Promise<void>;
}

/** Where apt has its lists. */
export const aptLists = "/var/lib/apt/lists";

const status = "/var/lib/dpkg/status";

/**
 * Notes where packages are from while they are installed: neither dpkg's database nor a finished
 * image says so. `before` is what was known when the disk was opened.
 */
export const openOriginNotes = (
  root: string,
  before: PackageOrigins,
  cache?: ListCache,
): OriginNotes => {
  let looked = "";
  let ahead: ListsAhead | undefined;
  const notes: OriginNotes = {
    found: before,
    seed: async (folder) => cache?.seed(root, folder),
    readAhead(folder) {
      ahead ??= openListsAhead(folder);
    },
    async rest() {
      await ahead?.[Symbol.asyncDispose]();
    },
    async look() {
      const state = await stateOf(root);
      if (state === undefined || state === looked) return;
      looked = state;
      const packages = (await dpkgPackages(root)).filter(
        (one) => notes.found.packages[originKey(one)] === undefined,
      );
      const now = await readAptLists({ root, folder: aptLists, packages, ahead, cache });
      notes.found = mergedOrigins(notes.found, now);
    },
  };
  return notes;
};

/** Changes when packages or lists do; undefined where there are none. */
const stateOf = async (root: string): Promise<string | undefined> => {
  try {
    const places = await Promise.all([aptLists, status].map((path) => databasePlace(root, path)));
    const stats = places.map((place) => statSync(place, { throwIfNoEntry: false }));
    if (stats.includes(undefined)) return undefined;
    return stats.map((one) => `${one?.ino}:${one?.mtimeMs}`).join(" ");
  } catch (error) {
    if (error instanceof DatabaseProblem) return undefined;
    throw error;
  }
};

/** What the database says is there; it is read again for the inventory, which tells what is wrong. */
export const dpkgPackages = async (root: string) => {
  try {
    return (await readDpkg(await databasePlace(root, status)))?.packages ?? [];
  } catch (error) {
    if (error instanceof DatabaseProblem) return [];
    throw error;
  }
};
