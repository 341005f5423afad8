import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { UnsupportedDisk } from "../../core/errors.ts";
import { isMissing } from "./is-missing.ts";
import { inside } from "../inside.ts";

/** Bytes: a configuration file of an image's that is larger is none. */
const largest = 1024 ** 2;

/**
 * Reads a text of the image's, following links as the image would; undefined when it is not there.
 * A pipe or a device is not waited for. Throws UnsupportedDisk, UnusablePath.
 */
export const readSmall = async (root: string, path: string): Promise<string | undefined> => {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    await using file = await open(await inside(root, path), flags);
    const there = await file.stat();
    if (!there.isFile()) throw new UnsupportedDisk(`the image's ${path} is not a regular file`);
    if (there.size > largest) {
      throw new UnsupportedDisk(
        `the image's ${path} has ${there.size} bytes; one of less than ${largest} would be right`,
      );
    }
    return await file.readFile("utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw notRegular(error)
      ? new UnsupportedDisk(`the image's ${path} is not a regular file`)
      : error;
  }
};

/** A socket or a device of a mount without devices cannot be opened at all. */
const notRegular = (error: unknown): boolean =>
  ["ENXIO", "EACCES", "EISDIR"].includes(String((error as NodeJS.ErrnoException).code));
