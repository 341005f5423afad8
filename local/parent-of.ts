import { copyFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Image } from "../core/image.ts";
import { inventoryFile } from "../core/inventory/document.ts";
import type { BakeJob } from "../core/job.ts";
import type { Ancestor } from "../core/origin.ts";
import { isMissing } from "./missing.ts";
import { imageRecord, type Paths, snapshotDisk, snapshotFolder } from "./paths.ts";
import { readRecord } from "./record.ts";

/**
 * What was baked of the image that a bake starts from, copied to the bake's own folder: the image
 * may be removed meanwhile. Undefined where it starts from none, or nothing is known of it any more.
 */
export const parentOf = async (
  paths: Paths,
  origin: Ancestor,
  folder: string,
): Promise<BakeJob["parent"]> => {
  if (origin.kind !== "image") return undefined;
  const image = await readRecord(imageRecord(paths, origin.imageId), Image);
  if (image === undefined) return undefined;
  const inventory = join(folder, `parent-${inventoryFile}`);
  try {
    await copyFile(join(snapshotFolder(paths, image.snapshotId), inventoryFile), inventory);
    return { inventory, size: (await stat(snapshotDisk(paths, image.snapshotId))).size };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return undefined;
  }
};
