import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type * as z from "zod";
import { parseRecord } from "../core/parse-record.ts";
import { isMissing } from "./missing.ts";

/**
 * Writes a record so that a crash at any point leaves the old one or the new one, never a part:
 * write aside, sync, rename, sync the folder. `aside` is a folder on the same file system whose
 * content a sweep removes.
 */
export const writeRecord = (path: string, value: unknown, aside: string): Promise<void> =>
  writeText(path, `${JSON.stringify(value, null, 2)}\n`, aside);

/** The same of a text. */
export const writeText = async (path: string, text: string, aside: string): Promise<void> => {
  const temporary = join(aside, `${randomUUID()}.json`);
  try {
    await using file = await open(temporary, "wx", 0o644);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
};

/** The record at `path`, or undefined when there is none. Throws CorruptRecord. */
export const readRecord = async <Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> => {
  try {
    return parseRecord(await readFile(path, "utf8"), schema, path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** Makes the folder's names durable: a rename is not, until its folder is. */
export const syncFolder = async (folder: string): Promise<void> => {
  await using handle = await open(folder, "r");
  await handle.sync();
};
