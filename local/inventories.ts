import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../core/digest-of.ts";
import { CorruptRecord, NotFound } from "../core/errors.ts";
import { type ImageId, SnapshotId } from "../core/ids.ts";
import { inventoryFile, unpackInventory } from "../core/inventory/document.ts";
import { Image } from "../core/image.ts";
import type { Inventories, KeptInventory } from "../core/ports.ts";
import { madeId } from "./made-id.ts";
import { isMissing } from "./missing.ts";
import { imageRecord, type Paths, snapshotFolder } from "./paths.ts";
import { readRecord } from "./record.ts";

/** Inventories beside the disks of which they were taken. */
export const folderInventories = (paths: Paths): Inventories => ({
  async ofBake(bake) {
    const found = await inventoryBeside(
      snapshotFolder(paths, SnapshotId.parse(madeId("snap", bake))),
    );
    if (found === undefined) throw new NotFound(`the bake ${bake} left no inventory`);
    return found;
  },
  async ofImage(imageId) {
    const image = await readRecord(imageRecord(paths, imageId), Image);
    return image && inventoryBeside(snapshotFolder(paths, image.snapshotId));
  },
});

/** `sha256:` and 64 digits of a published image's inventory as it is now; undefined if it is gone. */
export const inventoryDigest =
  (paths: Paths) =>
  async (imageId: ImageId): Promise<string | undefined> => {
    const image = await readRecord(imageRecord(paths, imageId), Image);
    const packed =
      image && (await readPacked(join(snapshotFolder(paths, image.snapshotId), inventoryFile)));
    return packed && digestOf(packed);
  };

const readPacked = (path: string): Promise<Buffer | undefined> =>
  readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

/** The one in the folder of a disk; undefined when there is none. Throws CorruptRecord. */
export const inventoryBeside = async (folder: string): Promise<KeptInventory | undefined> => {
  const path = join(folder, inventoryFile);
  const packed = await readPacked(path);
  if (packed === undefined) return undefined;
  try {
    return { inventory: unpackInventory(packed), digest: digestOf(packed) };
  } catch (error) {
    throw new CorruptRecord(`${path} is no inventory of this version; bake the image again`, {
      cause: error,
    });
  }
};
