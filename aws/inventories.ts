import { digestOf } from "../core/digest-of.ts";
import { CorruptRecord, NotFound } from "../core/errors.ts";
import type { BakeId, ImageId } from "../core/ids.ts";
import { unpackInventory } from "../core/inventory/document.ts";
import type { Inventories, KeptInventory } from "../core/ports.ts";
import { bakePlaces } from "./agent/places.ts";
import { readRecord } from "./image-records.ts";
import { type Bucket, findObject } from "./objects.ts";

/** Bytes of a packed inventory that are read: a builder wrote it, and a function has to hold it. */
const mostPacked = 128 * 1024 ** 2;

/** Inventories among the artifacts of the bakes that they were taken in. */
export const s3Inventories = (bucket: Bucket): Inventories => ({
  async ofBake(bake) {
    const found = await find(bucket, bake);
    if (found === undefined) throw new NotFound(`the bake ${bake} left no inventory`);
    return found;
  },
  async ofImage(imageId) {
    const record = await readRecord(bucket, imageId);
    return record && (await find(bucket, record.bake));
  },
});

/** `sha256:` and 64 digits of a published image's inventory as it is now; undefined if it is gone. */
export const inventoryDigest =
  (bucket: Bucket) =>
  async (imageId: ImageId): Promise<string | undefined> => {
    const record = await readRecord(bucket, imageId);
    const packed = record && (await findPacked(bucket, record.bake));
    return packed && digestOf(packed);
  };

const findPacked = async (bucket: Bucket, bake: BakeId): Promise<Uint8Array | undefined> =>
  (await findObject(bucket, bakePlaces(bake).inventory, mostPacked))?.bytes;

const find = async (bucket: Bucket, bake: BakeId): Promise<KeptInventory | undefined> => {
  const packed = await findPacked(bucket, bake);
  if (packed === undefined) return undefined;
  try {
    return { inventory: unpackInventory(packed), digest: digestOf(packed) };
  } catch (error) {
    const key = bakePlaces(bake).inventory;
    throw new CorruptRecord(`${key} is no inventory of this version; bake the image again`, {
      cause: error,
    });
  }
};
