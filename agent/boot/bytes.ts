import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";

/**
 * Some bytes of a regular file or, of a disk, of a block device; fewer where it ends before.
 * Undefined where neither is: a fifo would be waited for. Links are not followed.
 */
export const bytesAt = async (
  path: string,
  start: number,
  length: number,
): Promise<Buffer | undefined> => {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined || !(there.isFile() || there.isBlockDevice())) return undefined;
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
  return buffer.subarray(0, bytesRead);
};
