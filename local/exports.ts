import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Image } from "../core/image.ts";
import { Digest } from "../core/origin.ts";
import { diskFormats } from "./disk-format/format.ts";
import { publishedImages } from "./images.ts";
import { isMissing } from "./missing.ts";
import { type Paths, snapshotFolder } from "./paths.ts";
import { readRecord, writeRecord } from "./record.ts";

/** A file that was made of an image. */
export const Export = z.strictObject({
  /** Of the file. */
  digest: Digest,
  format: z.enum(diskFormats),
  bytes: z.int().nonnegative(),
  /** ISO 8601. */
  at: z.iso.datetime(),
});
export type Export = z.infer<typeof Export>;

const folderOf = (paths: Paths, { snapshotId }: Pick<Image, "snapshotId">): string =>
  join(snapshotFolder(paths, snapshotId), "exports");

const fileOf = (digest: string): string => `${digest.replace("sha256:", "")}.json`;

/** Keeps that it was made, as long as the image is there; the same file is one record. */
export const keepExport = async (
  paths: Paths,
  image: Image,
  exported: Omit<Export, "at">,
): Promise<void> => {
  const folder = folderOf(paths, image);
  await mkdir(folder, { recursive: true });
  const record: Export = { ...exported, at: new Date().toISOString() };
  await writeRecord(join(folder, fileOf(exported.digest)), record, folder);
};

/** All that were made of an image, the oldest first. Throws CorruptRecord. */
export const exportsOf = async (paths: Paths, image: Image): Promise<Export[]> => {
  const folder = folderOf(paths, image);
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const known = names.filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
  const found = await Promise.all(known.map((name) => readRecord(join(folder, name), Export)));
  return found
    .filter((one) => one !== undefined)
    .toSorted((one, other) => one.at.localeCompare(other.at));
};

/** The image of which a file with that SHA-256 was made here. Throws CorruptRecord. */
export const exportedImage = async (paths: Paths, digest: string): Promise<Image | undefined> => {
  for (const image of await publishedImages(paths)) {
    const found = await readRecord(join(folderOf(paths, image), fileOf(digest)), Export);
    if (found !== undefined) return image;
  }
  return undefined;
};
