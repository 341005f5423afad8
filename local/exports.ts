import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Image } from "../core/image.ts";
import { Digest } from "../core/origin.ts";
import { diskFormats } from "./disk-format/format.ts";
import { publishedImages } from "./images.ts";
import { type Paths, snapshotFolder } from "./paths.ts";
import { readRecord, writeRecord } from "./record.ts";

/** A file that was made of an image. */
const Export = z.strictObject({
  /** Of the file. */
  digest: Digest,
  format: z.enum(diskFormats),
  bytes: z.int().nonnegative(),
  /** ISO 8601. */
  at: z.iso.datetime(),
});
type Export = z.infer<typeof Export>;

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

/** The image of which a file with that SHA-256 was made here. Throws CorruptRecord. */
export const exportedImage = async (paths: Paths, digest: string): Promise<Image | undefined> => {
  for (const image of await publishedImages(paths)) {
    const found = await readRecord(join(folderOf(paths, image), fileOf(digest)), Export);
    if (found !== undefined) return image;
  }
  return undefined;
};
