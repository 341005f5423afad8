import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { fileFlags } from "../content.ts";

/** Digests of apt's lists that were computed while their packages were installed. */
export interface ListDigests extends AsyncDisposable {
  /** SHA-256 in hexadecimal of a list that is as it was when it was read; else undefined. */
  of(stats: Stats): Promise<string | undefined>;
}

/**
 * Begins to digest the lists in a folder on a tmpfs, by a path of the host that steps cannot change:
 * all of Debian's takes a fifth of a second, and apt waits for one processor only. No path is
 * told that a step changed since, as that changes the time of the inode.
 */
export const openListDigests = (folder: string): ListDigests => {
  const found = new Map<string, string>();
  const clock = clockShift();
  let isOver = false;
  const read = readAll(folder, () => isOver, found).catch(() => undefined); // all is read in the end
  const stop = async () => {
    isOver = true;
    await read;
  };
  return {
    async of(stats) {
      await stop();
      return Math.abs(clockShift() - clock) < margin ? found.get(identityOf(stats)) : undefined;
    },
    [Symbol.asyncDispose]: stop,
  };
};

/** Milliseconds by which a list must be older than its reading: the clock of files ticks every ten. */
const margin = 100;

/** Changes when somebody sets the machine's clock, by which a time could come twice. */
const clockShift = (): number => Date.now() - performance.now();

const identityOf = ({ dev, ino, size, ctimeMs }: Stats): string =>
  `${dev}:${ino}:${size}:${ctimeMs}`;

const readAll = async (
  folder: string,
  isOver: () => boolean,
  found: Map<string, string>,
): Promise<void> => {
  for (const name of (await readdir(folder)).filter((one) => one.endsWith("_Packages"))) {
    const began = Date.now();
    await using file = await open(join(folder, name), fileFlags);
    const stats = await file.stat();
    if (!stats.isFile() || stats.ctimeMs > began - margin) continue;
    const sha256 = await digest(file, isOver);
    if (sha256 === undefined) return;
    found.set(identityOf(stats), sha256);
  }
};

/** Bytes that are read at once: what comes meanwhile waits for so long. */
const part = 1024 ** 2;

/** Undefined when it was over before its end. */
const digest = async (file: FileHandle, isOver: () => boolean): Promise<string | undefined> => {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(part);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, part);
    if (bytesRead === 0) return hash.digest("hex");
    if (isOver()) return undefined;
    hash.update(buffer.subarray(0, bytesRead));
  }
};
