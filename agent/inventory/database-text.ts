import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { DatabaseProblem } from "./database-file.ts";
import { fileFlags } from "./content.ts";
import { systemPath } from "./place.ts";

/** Bytes of all the files that one database is spread over. */
const largestAll = 256 * 1024 ** 2;

/** Reads the many small files of a database; `latin1`, as their names are. */
export interface DatabaseTexts {
  /** The names in a folder, sorted; none when it is no folder. */
  names(folder: string): string[];
  /** Undefined when there is no regular file. Throws DatabaseProblem for too much text. */
  text(place: string): string | undefined;
}

/** At once, for it is the system's cache that answers; follows no link. */
export const openTexts = (): DatabaseTexts => {
  let left = largestAll;
  return {
    names: (folder) => attempt(() => readdirSync(systemPath(folder), "latin1"))?.toSorted() ?? [],
    text(place) {
      const descriptor = attempt(() => openSync(systemPath(place), fileFlags));
      if (descriptor === undefined) return undefined;
      try {
        const stats = fstatSync(descriptor);
        if (!stats.isFile()) return undefined;
        left -= stats.size;
        if (left >= 0) return readFileSync(descriptor, "latin1");
        throw new DatabaseProblem(`its files have more than ${largestAll} bytes`);
      } finally {
        closeSync(descriptor);
      }
    },
  };
};

const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};
