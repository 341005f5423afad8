import { copyFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Image } from "../core/image.ts";
import { inventoryFile } from "../core/inventory/document.ts";
import type { BakeJob } from "../core/job.ts";
import type { SnapshotId } from "../core/ids.ts";
import type { Ancestor } from "../core/origin.ts";
import { isMissing } from "./missing.ts";
import { rememberedUnderSeal } from "./disk-seal.ts";
import { imageRecord, type Paths, rememberedFile, snapshotDisk, snapshotFolder } from "./paths.ts";
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
    const { size } = await stat(snapshotDisk(paths, image.snapshotId));
    const remembered = await keptRemembered(paths, image.snapshotId, folder);
    return { inventory, size, ...(remembered !== undefined && { remembered }) };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return undefined;
  }
};

/** The disk was copied before: whoever writes to it from now on, the copy is of what was sealed. */
const keptRemembered = async (
  paths: Paths,
  snapshotId: SnapshotId,
  folder: string,
): Promise<string | undefined> => {
  const bytes = await rememberedUnderSeal(paths, snapshotId);
  if (bytes === undefined) return undefined;
  const path = join(folder, `parent-${rememberedFile}`);
  await writeFile(path, bytes);
  return path;
};
