import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import type { FileEntry, RegularFile } from "../../core/inventory.ts";
import { nameOf, shownName } from "../../core/inventory/names.ts";
import { contentOf, type FileContent } from "./content.ts";
import { answers, isStill, type KnownFile } from "./known.ts";
import { placeOf, systemPath } from "./place.ts";
import type { Algorithm } from "./shipped.ts";
import { type Folder, type FolderPart, partEntries, smallFile } from "./work.ts";

/**
 * Bytes of a folder itself; it is read at once, and takes twenty times as much memory. A folder of
 * 200,000 files has about 8 MiB.
 */
export const largestFolder = 64 * 1024 ** 2;

export interface FolderOrder {
  foreign: ReadonlySet<string>;
  isRemembered: boolean;
  /** Whether small files are read at once; else they are listed among the large ones. */
  isRead?: boolean;
}

/** Reads a folder of an image, and its small files, in parts. Follows no link and opens nothing else. */
export function* readFolder(
  root: string,
  { path: folder, known, asked }: Folder,
  { foreign, isRemembered, isRead = true }: FolderOrder,
): Generator<FolderPart> {
  using place = placeOf(root, folder);
  const knownNames = new Map(known.map((file) => [file.name, file]));
  const algorithms = new Map(asked);
  const names = read(folder, () => namesIn(place.path));
  for (let at = 0; at < names.length; at += partEntries) {
    const part: FolderPart = {
      kind: "folder-part",
      entries: [],
      folders: [],
      large: [],
      sightings: [],
      inodes: [],
      asked: [],
      known: 0,
      attributed: [],
      seen: [],
    };
    const some = names.slice(at, at + partEntries);
    const own = some.filter((name) => !foreign.has(`${folder}/${name}`));
    readNames(part, {
      ...{ folder, place: place.path, names: own, known: knownNames, asked: algorithms },
      ...{ isRemembered, isRead },
    });
    yield part;
  }
}

/** Sorted, because readdir(3) may give what a hash gave the file system. */
const namesIn = (place: string): string[] => {
  if (lstatSync(systemPath(`${place}/.`)).size > largestFolder) {
    throw new Error(`it has more than ${largestFolder} bytes of names`);
  }
  return readdirSync(systemPath(`${place}/.`), "latin1").toSorted();
};

interface Names {
  folder: string;
  place: string;
  names: readonly string[];
  known: ReadonlyMap<string, KnownFile>;
  asked: ReadonlyMap<string, Algorithm>;
  isRemembered: boolean;
  isRead: boolean;
}

const readNames = (part: FolderPart, order: Names): void => {
  const { folder, place, names, known, asked, isRemembered, isRead } = order;
  const small: { at: string; path: string; stats: Stats; name: string; entry: RegularFile }[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    const at = `${place}/${name}`;
    const stats = read(path, () => lstatSync(systemPath(at)));
    const entry = read(path, () => entryOf(nameOf(path), stats, at));
    part.entries.push(entry);
    if (entry.type === "folder") part.folders.push(path);
    else if (stats.nlink > 1) part.inodes.push([entry.path, `${stats.dev}:${stats.ino}`]);
    if (entry.type !== "file") continue;
    if (isRemembered && stats.size > 0) {
      const { dev: device, ino: inode, ctimeMs: changed } = stats;
      part.seen.push({ folder, name, device, inode, changed, entry });
    }
    const before = known.get(name);
    const algorithm = asked.get(name);
    if (before !== undefined && isStill(before, stats) && answers(before, algorithm)) {
      take(part, entry, before);
      part.known += 1;
      if (before.attributes === undefined) continue;
      Object.assign(entry, before.attributes);
      part.attributed.push(part.entries.length - 1);
    } else if (isRead && stats.size <= smallFile) small.push({ at, path, stats, name, entry });
    else part.large.push({ path, size: stats.size, asked: algorithm, entry });
  }
  // as they lie on a disk whose blocks are given out in the order of its inodes
  for (const one of small.toSorted((a, b) => a.stats.ino - b.stats.ino)) {
    const { at, path, stats, name, entry } = one;
    take(
      part,
      entry,
      read(path, () => contentOf(at, stats.size, asked.get(name))),
    );
  }
};

const take = (part: FolderPart, entry: RegularFile, content: FileContent): void => {
  const { sha256, asked, sightings } = content;
  entry.sha256 = sha256;
  if (asked !== undefined) part.asked.push([entry.path, asked]);
  if (sightings !== undefined) part.sightings.push([entry.path, sightings]);
};

/** errno(3) of file systems that find themselves broken, which Node has no names for. */
const broken = new Map([
  [-74, "EBADMSG"],
  [-117, "EUCLEAN"],
]);

/** Says of what failed which path it was. */
export const read = <Result>(path: string, work: () => Result): Result => {
  try {
    return work();
  } catch (error) {
    // the system's own message has the path where it is mounted; its code says enough
    const { code, errno, message } = error as NodeJS.ErrnoException;
    const why = broken.get(errno ?? 0) ?? code ?? message;
    throw new Error(`${shownName(nameOf(path || "/"))} cannot be read: ${why}`, { cause: error });
  }
};

/** Every entry has all its fields from the start, in one order: so they are written, too. */
export const entryOf = (path: string, stats: Stats, at: string): FileEntry => {
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, "0");
  const mtime = Math.floor(stats.mtimeMs / 1000);
  const { uid, gid, size } = stats;
  const later = { hardLinkOf: undefined, package: undefined };
  const attributes = { capabilities: undefined, xattrs: undefined };
  const found = { path, mode, uid, gid, mtime, ...later, ...attributes };
  if (stats.isFile()) return { type: "file", ...found, size, sha256: undefined };
  if (stats.isDirectory()) return { type: "folder", ...found };
  if (stats.isSymbolicLink()) return { type: "link", ...found, target: targetOf(at) };
  if (stats.isFIFO()) return { type: "fifo", ...found };
  if (stats.isSocket()) return { type: "socket", ...found };
  const type = stats.isBlockDevice() ? "block-device" : "character-device";
  return { type, ...found, ...deviceNumbers(stats.rdev) };
};

const targetOf = (at: string): string => nameOf(readlinkSync(systemPath(at), "latin1"));

/** As glibc's gnu_dev_major(3) and gnu_dev_minor take them apart; Linux has 12 and 20 bits. */
const deviceNumbers = (rdev: number) => ({
  major: (rdev >> 8) & 0xfff,
  minor: (rdev & 0xff) + (Math.floor(rdev / 2 ** 12) & 0xfff00),
});
