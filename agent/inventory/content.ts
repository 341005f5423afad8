import { Buffer } from "node:buffer";
import { createHash, hash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { systemPath } from "./place.ts";
import { largestSearched, sightingsIn } from "./secret/scan.ts";
import type { Sighting } from "./secret/sighting.ts";

/** Not a link, not waiting for a fifo's other end, and without a trace of having been read. */
export const fileFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOATIME;

/** What was read of a regular file. */
export interface FileContent {
  /** Hexadecimal. */
  sha256: string;
  /** What looks like secrets in it; absent when nothing does. */
  sightings?: Sighting[];
}

/** What is read at once stays in a processor's own cache until it is hashed and searched. */
const part = 128 * 1024;

const buffer = Buffer.allocUnsafeSlow(largestSearched);

/** Reads a regular file once; `size` is what lstat(2) said of it, in bytes. */
export const contentOf = (path: string, size: number): FileContent => {
  if (size === 0) return { sha256: emptyDigest };
  const descriptor = openSync(systemPath(path), fileFlags);
  try {
    return contentOfOpen(descriptor, size);
  } finally {
    closeSync(descriptor);
  }
};

const emptyDigest = hash("sha256", "", "hex");

/** The same of a file that is open; `size` is more than nothing. */
export const contentOfOpen = (descriptor: number, size: number): FileContent => {
  if (size > largestSearched) return { sha256: digestOfParts(descriptor, size) };
  readPart(descriptor, size);
  const bytes = buffer.subarray(0, size);
  const sha256 = hash("sha256", bytes, "hex");
  const sightings = sightingsIn(bytes);
  return sightings.length === 0 ? { sha256 } : { sha256, sightings };
};

const digestOfParts = (descriptor: number, size: number): string => {
  const digest = createHash("sha256");
  for (let left = size; left > 0; left -= part) {
    const length = Math.min(left, part);
    readPart(descriptor, length);
    digest.update(buffer.subarray(0, length));
  }
  return digest.digest("hex");
};

/** Fills the buffer's first bytes: a signal may end a read early, the file's end must not. */
const readPart = (descriptor: number, length: number): void => {
  for (let have = 0; have < length;) {
    const got = readSync(descriptor, buffer, have, length - have, null);
    if (got === 0) throw new Error("it is shorter than its size says");
    have += got;
  }
};
