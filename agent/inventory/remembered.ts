import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gunzipSync } from "node:zlib";
import * as z from "zod";
import type { KnownFile, KnownFiles } from "./known.ts";
import { type ImageMounts, mountsIn } from "./mounts.ts";
import type { Tree } from "./tree.ts";

/*
 * What was read of a finished image's files, and by what they are known again in a copy of its disk:
 * a copy has the same inodes, with the same times of change, until somebody changes them. Worth
 * only what it is worth that the disk is a copy: see local/untouched.ts.
 */

/** A folder's path, `latin1`, and what is in it. */
const Folder = z.tuple([
  z.string(),
  z.array(
    z.tuple([
      z.string(), // its name, `latin1`
      z.int().nonnegative(), // which of the places it is in
      z.number(), // its inode
      z.number(), // bytes
      z.number(), // when that last changed, in milliseconds since 1970
      z.string(), // SHA-256
      z.string(), // what a package database asked for, or nothing
    ]),
  ),
]);

const Remembered = z.strictObject({
  format: z.literal(1),
  /** Where the file systems were mounted, from the image's root. */
  places: z.array(z.string()),
  folders: z.array(Folder),
});
type Remembered = z.infer<typeof Remembered>;

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
  const folders = [...Map.groupBy(files, ({ folder }) => folder)].map(
    ([folder, some]): Remembered["folders"][number] => [
      folder,
      some.map(({ name, device, inode, changed, entry: { path: at, size, sha256 = "" } }) => {
        const place = numbers.get(device) ?? 0;
        return [name, place, inode, size, changed, sha256, tree.asked.get(at) ?? ""];
      }),
    ],
  );
  const all: Remembered = { format: 1, places: places.map((place) => place.path), folders };
  const text = Readable.from([JSON.stringify(all)]);
  await pipeline(text, createGzip({ level: 1 }), createWriteStream(path, { flags: "wx" }));
};

/** Bytes of the text that are unpacked: 300,000 files have about 60 MB. */
const mostText = 128 * 1024 ** 2;

/** What it says, for a copy of that disk that is mounted now. Throws a ZodError, or one of zlib. */
export const recall = async (path: string, root: string): Promise<KnownFiles> => {
  const text = gunzipSync(await readFile(path), { maxOutputLength: mostText }).toString("utf8");
  const { places, folders } = Remembered.parse(JSON.parse(text));
  const now = new Map((await mountsIn(root)).places.map((place) => [place.path, place.device]));
  const devices = places.map((place) => now.get(place));
  return new Map(
    folders.map(([folder, files]) => [
      folder,
      files.flatMap(([name, place, inode, size, changed, sha256, asked]): KnownFile[] => {
        const device = devices[place];
        if (device === undefined) return [];
        return [{ name, device, inode, size, changed, sha256, ...(asked !== "" && { asked }) }];
      }),
    ]),
  );
};
