import type { Buffer } from "node:buffer";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { UnusablePath } from "../../core/errors.ts";
import { inside } from "../inside.ts";
import { fileFlags } from "./content.ts";

/** A package database cannot be read; the message is a sentence that begins with "it". */
export class DatabaseProblem extends Error {}

/**
 * The path on the host of something in the image, links followed as the image would. Throws
 * DatabaseProblem.
 */
export const databasePlace = async (root: string, path: string): Promise<string> => {
  try {
    return await inside(root, path);
  } catch (error) {
    if (!(error instanceof UnusablePath)) throw error;
    throw new DatabaseProblem("it is behind too many links", { cause: error });
  }
};

/**
 * Opens a file of the image; undefined when nothing is there. `limit` is in bytes. Throws
 * DatabaseProblem when it is anything but a file, or larger.
 */
export const openDatabase = async (
  place: string,
  limit: number,
): Promise<FileHandle | undefined> => {
  try {
    const there = await lstat(place);
    if (!there.isFile()) throw new DatabaseProblem("it is not a file");
    if (there.size <= limit) return await open(place, fileFlags);
    throw new DatabaseProblem(`it has ${there.size} bytes, and at most ${limit} are read`);
  } catch (error) {
    if (error instanceof DatabaseProblem) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new DatabaseProblem(`it cannot be opened: ${code}`, { cause: error });
  }
};

/** Bytes of a database that is text; one of three thousand packages has three million. */
const largestText = 64 * 1024 ** 2;

/** A database that is text; undefined when there is none. Throws DatabaseProblem. */
export const databaseText = async (place: string): Promise<string | undefined> =>
  (await databaseBytes(place))?.toString("utf8");

/** The same as bytes: names of files in it may be no UTF-8. */
export const databaseBytes = async (place: string): Promise<Buffer | undefined> => {
  await using file = await openDatabase(place, largestText);
  return await file?.readFile();
};
