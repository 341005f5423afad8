import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CorruptRecord, NotFound } from "../core/errors.ts";
import { SnapshotId } from "../core/ids.ts";
import type { Inventory } from "../core/inventory.ts";
import { inventoryFile, unpackInventory } from "../core/inventory/document.ts";
import { Image } from "../core/image.ts";
import type { Inventories } from "../core/ports.ts";
import { madeId } from "./made-id.ts";
import { isMissing } from "./missing.ts";
import { imageRecord, type Paths, snapshotFolder } from "./paths.ts";
import { readRecord } from "./record.ts";

/** Inventories beside the disks of which they were taken. */
export const folderInventories = (paths: Paths): Inventories => ({
  async ofBake(bake) {
    const inventory = await readInventory(paths, SnapshotId.parse(madeId("snap", bake)));
    if (inventory === undefined) throw new NotFound(`the bake ${bake} left no inventory`);
    return inventory;
  },
  async ofImage(imageId) {
    const image = await readRecord(imageRecord(paths, imageId), Image);
    return image && readInventory(paths, image.snapshotId);
  },
});

/** Undefined when there is none. Throws CorruptRecord. */
const readInventory = async (
  paths: Paths,
  snapshotId: SnapshotId,
): Promise<Inventory | undefined> => {
  const path = join(snapshotFolder(paths, snapshotId), inventoryFile);
  const packed = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (packed === undefined) return undefined;
  try {
    return unpackInventory(packed);
  } catch (error) {
    throw new CorruptRecord(`${path} is no inventory of this version; bake the image again`, {
      cause: error,
    });
  }
};
