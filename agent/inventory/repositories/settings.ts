import type { Buffer } from "node:buffer";
import { readdir } from "node:fs/promises";
import type { FoundProblem } from "../../../core/inventory/found/problem.ts";
import { nameOf } from "../../../core/inventory/names.ts";
import { databasePlace, DatabaseProblem, openDatabase } from "../database-file.ts";

/** Reads an image's settings; what cannot be read is a problem of the section, and not the end. */
export interface Settings {
  /** Undefined when there is no such file, or it cannot be read. */
  bytes(path: string): Promise<Buffer | undefined>;
  text(path: string): Promise<string | undefined>;
  /** Paths of what is in a folder, sorted, by the pattern that its names fit. */
  paths(folder: string, names: RegExp): Promise<string[]>;
  problem(path: string, reason: string): void;
  problems: FoundProblem[];
}

/** Bytes of a file: a keyring of all of Debian's developers has 30 million, one of archives 50,000. */
const largest = 4 * 1024 ** 2;

/** Files of one folder: images have a dozen. */
const mostFiles = 1000;

/** Settings of a mounted image; links are followed within it. */
export const settingsIn = (root: string, section: string): Settings => {
  const problems: FoundProblem[] = [];
  const problem = (path: string, reason: string) => void problems.push({ section, path, reason });
  const attempt = async <Result>(path: string, work: () => Promise<Result>) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseProblem)) throw error;
      problem(path, error.message);
      return undefined;
    }
  };
  const bytes = (path: string) => attempt(path, () => bytesAt(root, path));
  const names = (folder: string) => attempt(folder, () => namesIn(root, folder));
  return {
    ...{ problems, problem, bytes },
    text: async (path) => (await bytes(path))?.toString("utf8"),
    async paths(folder, wanted) {
      const fitting = ((await names(folder)) ?? []).filter((name) => wanted.test(name));
      if (fitting.length > mostFiles) problem(folder, `it has more than ${mostFiles} files`);
      return fitting.slice(0, mostFiles).map((name) => `${folder}/${name}`);
    },
  };
};

const bytesAt = async (root: string, path: string): Promise<Buffer | undefined> => {
  await using file = await openDatabase(await databasePlace(root, path), largest);
  return await file?.readFile();
};

const namesIn = async (root: string, folder: string): Promise<string[]> => {
  const place = await databasePlace(root, folder);
  const names = await readdir(place, "latin1").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw new DatabaseProblem(`it cannot be listed: ${error.code}`, { cause: error });
  });
  return names.map(nameOf).toSorted();
};
