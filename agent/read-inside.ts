import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { UnusablePath } from "../core/errors.ts";
import { inside } from "./inside.ts";

/** Bytes of a text file of an image that are read; the longest that we know has a tenth of it. */
export const mostBytes = 1024 ** 2;

/**
 * A text file of an image, its links followed inside the image; undefined where there is no regular
 * file: a fifo would be waited for forever, and opening some devices does something. Only sound
 * while nothing of the image runs. Throws UnusablePath for a file of more than a mebibyte.
 */
export const readInside = async (root: string, path: string): Promise<string | undefined> => {
  const target = await inside(root, path).catch(() => undefined);
  return target === undefined ? undefined : readRegular(target, path);
};

/** As `readInside`, for a path of the host that was resolved; messages call it `name`. */
export const readRegular = async (
  target: string,
  name: string,
  most = mostBytes,
): Promise<string | undefined> => {
  const there = await lstat(target).catch(() => undefined);
  if (there?.isFile() !== true) return undefined;
  if (there.size > most) {
    throw new UnusablePath(`${name} of the image has ${there.size} bytes; a text is expected`);
  }
  await using file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(there.size), 0, there.size, 0);
  return buffer.toString("utf8", 0, bytesRead);
};
