import { CorruptRecord, NotFound } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Inventory } from "../core/inventory.ts";
import { unpackInventory } from "../core/inventory/document.ts";
import type { Inventories } from "../core/ports.ts";
import { bakePlaces } from "./agent/places.ts";
import { readRecord } from "./image-records.ts";
import { type Bucket, findObject } from "./objects.ts";

/** Bytes of a packed inventory that are read: a builder wrote it, and a function has to hold it. */
const mostPacked = 128 * 1024 ** 2;

/** Inventories among the artifacts of the bakes that they were taken in. */
export const s3Inventories = (bucket: Bucket): Inventories => ({
  async ofBake(bake) {
    const inventory = await find(bucket, bake);
    if (inventory === undefined) throw new NotFound(`the bake ${bake} left no inventory`);
    return inventory;
  },
  async ofImage(imageId) {
    const record = await readRecord(bucket, imageId);
    return record && (await find(bucket, record.bake));
  },
});

const find = async (bucket: Bucket, bake: BakeId): Promise<Inventory | undefined> => {
  const key = bakePlaces(bake).inventory;
  const found = await findObject(bucket, key, mostPacked);
  if (found === undefined) return undefined;
  try {
    return unpackInventory(found.bytes);
  } catch (error) {
    throw new CorruptRecord(`${key} is no inventory of this version; bake the image again`, {
      cause: error,
    });
  }
};
