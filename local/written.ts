import { stat } from "node:fs/promises";
import * as z from "zod";

/**
 * Which file something is, and when it was last written to, as the file system of this machine
 * says: its number, size in bytes, and time of change in nanoseconds since 1970.
 */
export const Written = z.strictObject({
  inode: z.string(),
  size: z.string(),
  changed: z.string(),
});
export type Written = z.infer<typeof Written>;

/** Whatever writes to the file, or puts another in its place, makes this another one. */
export const writtenOf = async (path: string): Promise<Written> => {
  const { ino, size, ctimeNs } = await stat(path, { bigint: true });
  return { inode: String(ino), size: String(size), changed: String(ctimeNs) };
};

export const isSame = (one: Written, other: Written): boolean =>
  one.inode === other.inode && one.size === other.size && one.changed === other.changed;
