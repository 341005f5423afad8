import { Buffer } from "node:buffer";
import { createHash, hash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { systemPath } from "./place.ts";
import type { Algorithm } from "./shipped.ts";

/** Not a link, not waiting for a fifo's other end, and without a trace of having been read. */
export const fileFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOATIME;

/** What is read at once stays in a processor's own cache until it is hashed. */
const buffer = Buffer.allocUnsafeSlow(128 * 1024);

/** Of a file's content: SHA-256 in hexadecimal, and what a package database asks for. */
export interface Digests {
  sha256: string;
  /** An algorithm, a colon, and hexadecimal. */
  asked?: string;
}

/** Of a regular file; `size` is what lstat(2) said of it. */
export const digestsOf = (path: string, size: number, asked?: Algorithm): Digests => {
  if (size === 0)
    return asked === undefined ? { sha256: emptyDigest } : digestsOfOpen(-1, 0, asked);
  const descriptor = openSync(systemPath(path), fileFlags);
  try {
    return digestsOfOpen(descriptor, size, asked);
  } finally {
    closeSync(descriptor);
  }
};

const emptyDigest = hash("sha256", "", "hex");

/** The same of a file that is open, and read once for both. */
export const digestsOfOpen = (descriptor: number, size: number, asked?: Algorithm): Digests => {
  if (size > buffer.length) return digestsOfParts(descriptor, size, asked);
  readPart(descriptor, size);
  const content = buffer.subarray(0, size);
  const sha256 = hash("sha256", content, "hex");
  return asked === undefined
    ? { sha256 }
    : { sha256, asked: `${asked}:${hash(asked, content, "hex")}` };
};

const digestsOfParts = (descriptor: number, size: number, asked?: Algorithm): Digests => {
  const digest = createHash("sha256");
  const other = asked === undefined ? undefined : createHash(asked);
  for (let left = size; left > 0; left -= buffer.length) {
    const content = buffer.subarray(0, Math.min(left, buffer.length));
    readPart(descriptor, content.length);
    digest.update(content);
    other?.update(content);
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
