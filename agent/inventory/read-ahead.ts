import { closeSync, constants, fstatSync, openSync, readdirSync, type Stats } from "node:fs";
import { contentOfOpen, type FileContent } from "./content.ts";
import { largestFolder } from "./folder.ts";
import { answers, isSettled, isStill } from "./known.ts";
import { systemPath } from "./place.ts";
import type { Algorithm } from "./shipped.ts";
import type { AheadPart, Folder, ImageMeanwhile } from "./work.ts";

/* Reads a folder's files while steps change the image under it. */

/** Bytes of content between two reports: what is lost at most when the steps end. */
const share = 8 * 1024 ** 2;

/** Bytes: what takes longer than half a second is read by all threads, in the end. */
const largest = 128 * 1024 ** 2;

/** asm-generic/fcntl.h: a name is looked up, and nothing of what it names is opened. */
const O_PATH = 0o10000000;

/**
 * A step may put a link or a device where a folder or a file was a moment ago. So everything is
 * pinned before it is looked at, and looked at before it is opened: nothing outside of the image
 * is read, and no device is. What cannot be read is left to the inventory, which will say so.
 */
export function* readAhead(
  image: ImageMeanwhile,
  { path: folder, known, asked }: Folder,
): Generator<AheadPart> {
  const algorithms = new Map(asked);
  const before = new Map(known.map((file) => [file.name, file]));
  using top = pinned(`${image.root}${folder}`, constants.O_DIRECTORY);
  if (top === undefined || !image.devices.includes(top.stats.dev)) return;
  if (top.stats.size > largestFolder) return;
  let part: AheadPart = { kind: "ahead-part", folder, folders: [], files: [] };
  let bytes = 0;
  for (const name of attempt(() => readdirSync(`${top.path}/.`, "latin1")) ?? []) {
    if (Atomics.load(image.over, 0) !== 0) break;
    using entry = pinned(`${top.path}/${name}`, constants.O_NOFOLLOW);
    if (entry?.stats.isDirectory() === true) part.folders.push(`${folder}/${name}`);
    if (entry === undefined || !isWorth(entry.stats, image)) continue;
    const { dev: device, ino: inode, size, ctimeMs: changed } = entry.stats;
    const [one, algorithm] = [before.get(name), algorithms.get(name)];
    if (one !== undefined && isStill(one, entry.stats) && answers(one, algorithm)) continue;
    const content = attempt(() => contentAt(entry.path, size, algorithm));
    if (content === undefined) continue;
    part.files.push({ name, device, inode, size, changed, ...content });
    bytes += size;
    if (bytes < share) continue;
    yield part;
    part = { kind: "ahead-part", folder, folders: [], files: [] };
    bytes = 0;
  }
  yield part;
}

const isWorth = (stats: Stats, { began, devices }: ImageMeanwhile): boolean =>
  stats.isFile() &&
  stats.size > 0 &&
  stats.size <= largest &&
  devices.includes(stats.dev) &&
  isSettled(stats, began);

/** The path is a descriptor's: its link leads to the very file that was looked at. */
const contentAt = (path: string, size: number, asked?: Algorithm): FileContent => {
  const descriptor = openSync(path, openedFlags);
  try {
    return contentOfOpen(descriptor, size, asked);
  } finally {
    closeSync(descriptor);
  }
};

const openedFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOATIME;

const pinned = (path: string, flags: number) =>
  attempt(() => {
    const descriptor = openSync(systemPath(path), O_PATH | flags);
    return {
      stats: fstatSync(descriptor),
      path: `/proc/self/fd/${descriptor}`,
      [Symbol.dispose]: () => closeSync(descriptor),
    };
  });

const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};
