import { Buffer } from "node:buffer";
import { createHash, hash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { systemPath } from "./place.ts";
import { largestSearched, sightingsIn } from "./secret/scan.ts";
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

const buffer = Buffer.allocUnsafeSlow(largestSearched);

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
  if (size > largestSearched) return contentOfParts(descriptor, size, asked);
  readPart(descriptor, size);
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
  for (let left = size; left > 0; left -= part) {
    const bytes = buffer.subarray(0, Math.min(left, part));
    readPart(descriptor, bytes.length);
    digest.update(bytes);
    other?.update(bytes);
  }
  const sha256 = digest.digest("hex");
  return other === undefined ? { sha256 } : { sha256, asked: `${asked}:${other.digest("hex")}` };
};

/** Fills the buffer's first bytes: a signal may end a read early, the file's end must not. */
const readPart = (descriptor: number, length: number): void => {
  for (let have = 0; have < length;) {
    const got = readSync(descriptor, buffer, have, length - have, null);
    if (got === 0) throw new Error("it is shorter than its size says");
    have += got;
  }
};
