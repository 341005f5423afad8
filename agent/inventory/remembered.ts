import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gunzipSync } from "node:zlib";
import type { Attributes, KnownFile, KnownFiles } from "./known.ts";
import { type ImageMounts, mountsIn } from "./mounts.ts";
import type { Tree } from "./tree.ts";

/*
 * What was read of a finished image's files, and by what they are known again in a copy of its disk:
 * a copy has the same inodes, with the same times of change, until somebody changes them. Worth
 * only what it is worth that the disk is a copy: see local/disk-seal.ts.
 */

/** A folder's path, `latin1`, and what is in it. */
type Folder = [path: string, files: RememberedFile[]];

type RememberedFile = [
  /** `latin1` */
  name: string,
  /** Which of the places it is in. */
  place: number,
  inode: number,
  /** Bytes. */
  size: number,
  /** When the inode last changed, in milliseconds since 1970. */
  changed: number,
  sha256: string,
  /** What a package database asked for, or nothing. */
  asked: string,
  /** Which of the attributes it has. */
  attributes: number,
];

export interface Remembered {
  /**
   * Another, here and in the seal, whenever more is looked for in files: in those that are remembered
   * nothing was found, and they are not read again.
   */
  format: 4;
  /** Where the file systems were mounted, from the image's root. */
  places: string[];
  /** Extended attributes of files, each once: most have none, or a label that many have. */
  attributes: Attributes[];
  folders: Folder[];
}

interface Seen {
  places: ImageMounts["places"];
  isOnFat(path: string): boolean;
}

/**
 * Writes it, as gzipped JSON. Files in which something like a secret was seen are left out: what
 * was seen is not kept, so they are read again. So are those of a FAT, which knows no inodes.
 */
export const remember = async (path: string, tree: Tree, { places, isOnFat }: Seen) => {
  const numbers = new Map(places.map(({ device }, index) => [device, index]));
  const files = tree.seen.filter(
    ({ device, entry }) =>
      numbers.has(device) &&
      entry.sha256 !== undefined &&
      !tree.sightings.has(entry.path) &&
      !isOnFat(entry.path),
  );
  const attributes = new Map<string, number>();
  const numberOf = ({ capabilities, xattrs }: Attributes): number => {
    const text = JSON.stringify({ capabilities, xattrs });
    const number = attributes.get(text) ?? attributes.size;
    attributes.set(text, number);
    return number;
  };
  const folders = [...Map.groupBy(files, ({ folder }) => folder)].map(([folder, some]): Folder => [
    folder,
    some.map(({ name, device, inode, changed, entry }) => {
      const { path: at, size, sha256 = "" } = entry;
      const asked = tree.asked.get(at) ?? "";
      const place = numbers.get(device) ?? 0;
      return [name, place, inode, size, changed, sha256, asked, numberOf(entry)];
    }),
  ]);
  const all: Remembered = {
    ...{ format: 4, places: places.map((place) => place.path) },
    attributes: [...attributes.keys()].map((text): Attributes => JSON.parse(text)),
    folders,
  };
  const text = Readable.from([JSON.stringify(all)]);
  await pipeline(text, createGzip({ level: 1 }), createWriteStream(path, { flags: "wx" }));
};

/** Bytes of the text that are unpacked: 300,000 files have about 60 MB. */
const mostText = 128 * 1024 ** 2;

/**
 * What is in such a file. It is under a seal that names this format, so that what signed it wrote
 * it: to look at each of its hundred thousand fields again takes longer than to read them. Throws
 * an error of zlib or of JSON.
 */
export const readRemembered = async (path: string): Promise<Remembered> => {
  const text = gunzipSync(await readFile(path), { maxOutputLength: mostText }).toString("utf8");
  return JSON.parse(text) as Remembered;
};

/** What it says for a copy of that disk that is mounted now. */
export const recall = async (
  { places, attributes, folders }: Remembered,
  root: string,
): Promise<KnownFiles> => {
  const now = new Map((await mountsIn(root)).places.map((place) => [place.path, place.device]));
  const devices = places.map((place) => now.get(place));
  return new Map(
    folders.map(([folder, files]) => [
      folder,
      files.flatMap(([name, place, inode, size, changed, sha256, asked, number]): KnownFile[] => {
        const device = devices[place];
        if (device === undefined) return [];
        const its = { name, device, inode, size, changed, sha256, attributes: attributes[number] };
        return [{ ...its, ...(asked !== "" && { asked }) }];
      }),
    ]),
  );
};
