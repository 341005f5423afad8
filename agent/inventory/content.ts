import { Buffer } from "node:buffer";
import { createHash, hash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { systemPath } from "./place.ts";
import { isText, newSearch, reach, searchPart, sightingsIn } from "./secret/scan.ts";
import type { Sighting } from "./secret/sighting.ts";
import type { Algorithm } from "./shipped.ts";

/** Not a link, not waiting for a fifo's other end, and without a trace of having been read. */
export const fileFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOATIME;

/** What was read of a regular file. */
export interface FileContent {
  /** Hexadecimal. */
  sha256: string;
  /** What a package database asks for: an algorithm, a colon, and hexadecimal. */
  asked?: string;
  /** What looks like secrets in it; absent when nothing does. */
  sightings?: Sighting[];
}

/** What is read at once stays in a processor's own cache until it is hashed and searched. */
const part = 128 * 1024;

/** Bytes of a file that is read at once. */
const atOnce = 1024 ** 2;

const buffer = Buffer.allocUnsafeSlow(atOnce);

/** Reads a regular file once; `size` is what lstat(2) said of it, in bytes. */
export const contentOf = (path: string, size: number, asked?: Algorithm): FileContent => {
  if (size === 0 && asked === undefined) return { sha256: emptyDigest };
  if (size === 0) return contentOfOpen(-1, 0, asked);
  const descriptor = openSync(systemPath(path), fileFlags);
  try {
    return contentOfOpen(descriptor, size, asked);
  } finally {
    closeSync(descriptor);
  }
};

const emptyDigest = hash("sha256", "", "hex");

/** The same of a file that is open. */
export const contentOfOpen = (descriptor: number, size: number, asked?: Algorithm): FileContent => {
  if (size > atOnce) return contentOfParts(descriptor, size, asked);
  readPart(descriptor, 0, size);
  const bytes = buffer.subarray(0, size);
  const sightings = sightingsIn(bytes);
  return {
    sha256: hash("sha256", bytes, "hex"),
    ...(asked !== undefined && { asked: `${asked}:${hash(asked, bytes, "hex")}` }),
    ...(sightings.length > 0 && { sightings }),
  };
};

const contentOfParts = (descriptor: number, size: number, asked?: Algorithm): FileContent => {
  const digest = createHash("sha256");
  const other = asked === undefined ? undefined : createHash(asked);
  const searched = newSearchOfParts();
  for (let left = size; left > 0;) {
    const length = Math.min(left, part);
    readPart(descriptor, searched.kept, length);
    const bytes = buffer.subarray(searched.kept, searched.kept + length);
    digest.update(bytes);
    other?.update(bytes);
    left -= length;
    searched.add(length, left === 0);
  }
  const { sightings } = searched;
  return {
    sha256: digest.digest("hex"),
    ...(other !== undefined && { asked: `${asked}:${other.digest("hex")}` }),
    ...(sightings.length > 0 && { sightings }),
  };
};

/**
 * Searches what is in the buffer, to which a part is added after the other; of those before it, as
 * much is kept at the buffer's beginning as belongs to a secret that may go on.
 */
const newSearchOfParts = () => {
  const search = newSearch();
  let [kept, from, isBinary] = [0, 0, undefined as boolean | undefined];
  return {
    sightings: search.found,
    /** Bytes at the buffer's beginning. */
    get kept() {
      return kept;
    },
    add(length: number, isLast: boolean) {
      isBinary ??= !isText(buffer.subarray(0, length));
      if (isBinary) return;
      kept += length;
      const to = isLast ? kept : kept - reach.after;
      if (to > from) from = searchPart(search, buffer.subarray(0, kept), from, to);
      const done = Math.max(0, from - reach.before);
      buffer.copyWithin(0, done, kept);
      [kept, from] = [kept - done, from - done];
    },
  };
};

/** Fills the buffer from a place on: a signal may end a read early, the file's end must not. */
const readPart = (descriptor: number, at: number, length: number): void => {
  for (let have = 0; have < length;) {
    const got = readSync(descriptor, buffer, at + have, length - have, null);
    if (got === 0) throw new Error("it is shorter than its size says");
    have += got;
  }
};
