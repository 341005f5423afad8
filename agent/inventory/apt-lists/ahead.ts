import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileFlags } from "../content.ts";

/** What a list was read for while its packages were installed. */
export interface ListRead {
  /** Hexadecimal. */
  sha256: string;
  /** Where in it a name's paragraphs are, in bytes; under no name those that begin otherwise. */
  places: ReadonlyMap<string, readonly Place[]>;
}

export type Place = [start: number, end: number];

/** Lists that were read ahead. */
export interface ListsAhead extends AsyncDisposable {
  /** What was read of a list that is as it was then; else undefined. */
  of(stats: Stats): Promise<ListRead | undefined>;
}

/**
 * Begins to read the lists in a folder on a tmpfs, by a path of the host that steps cannot change:
 * all of Debian's takes a third of a second, and apt waits for one processor only. Whether a step
 * changed one since is told by its time of change.
 */
export const openListsAhead = (folder: string): ListsAhead => {
  const found = new Map<string, ListRead>();
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
  found: Map<string, ListRead>,
): Promise<void> => {
  for (const name of (await readdir(folder)).filter((one) => one.endsWith("_Packages"))) {
    const began = Date.now();
    await using file = await open(join(folder, name), fileFlags);
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > largest || stats.ctimeMs > began - margin) continue;
    const read = await readList(file, isOver);
    if (read === undefined) return;
    found.set(identityOf(stats), read);
  }
};

/** Bytes: four times what all of Debian's main has. */
const largest = 256 * 1024 ** 2;

/** Bytes that are read at once: what comes meanwhile waits for so long. */
const part = 1024 ** 2;

/** Characters of one paragraph. */
const longest = 1024 ** 2;

/** Undefined when it was over before its end, or is no list. */
const readList = async (file: FileHandle, isOver: () => boolean): Promise<ListRead | undefined> => {
  const hash = createHash("sha256");
  const places = new Map<string, Place[]>();
  const buffer = Buffer.allocUnsafe(part);
  let [rest, start] = ["", 0];
  const note = (text: string, at: number, end: number): void => {
    const name = nameAt(text, at);
    const place: Place = [start + at, start + end];
    const others = places.get(name);
    if (others === undefined) places.set(name, [place]);
    else others.push(place);
  };
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, part);
    if (isOver() || rest.length > longest) return undefined;
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead);
    hash.update(bytes);
    const text = rest + bytes.toString("latin1");
    let at = 0;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n", at)) {
      note(text, at, end);
      at = end + 2;
    }
    rest = text.slice(at);
    start += at;
  }
  note(rest, 0, rest.length);
  return { sha256: hash.digest("hex"), places };
};

const first = "Package: ";

/** A string of its own: a part of a longer one would keep all of that in memory. */
const nameAt = (text: string, at: number): string => {
  if (!text.startsWith(first, at)) return "";
  const end = text.indexOf("\n", at);
  const name = text.slice(at + first.length, end === -1 ? undefined : end).trim();
  return Buffer.from(name, "latin1").toString("latin1");
};
