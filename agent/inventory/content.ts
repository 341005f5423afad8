import { Buffer } from "node:buffer";
import { createHash, hash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { systemPath } from "./place.ts";

/** Not a link, not waiting for a fifo's other end, and without a trace of having been read. */
export const fileFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOATIME;

/** What is read at once stays in a processor's own cache until it is hashed. */
const buffer = Buffer.allocUnsafeSlow(128 * 1024);

/** SHA-256 of a regular file's content, in hexadecimal; `size` is what lstat(2) said of it. */
export const digestOf = (path: string, size: number): string => {
  if (size === 0) return emptyDigest;
  const descriptor = openSync(systemPath(path), fileFlags);
  try {
    return digestOfOpen(descriptor, size);
  } finally {
    closeSync(descriptor);
  }
};

const emptyDigest = hash("sha256", "", "hex");

/** The same of a file that is open; `size` is more than nothing. */
export const digestOfOpen = (descriptor: number, size: number): string => {
  if (size > buffer.length) return digestOfParts(descriptor, size);
  readPart(descriptor, size);
  return hash("sha256", buffer.subarray(0, size), "hex");
};

const digestOfParts = (descriptor: number, size: number): string => {
  const digest = createHash("sha256");
  for (let left = size; left > 0; left -= buffer.length) {
    const length = Math.min(left, buffer.length);
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
