import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CorruptRecord, NotFound } from "../core/errors.ts";
import type { Image } from "../core/image.ts";
import type { Inventory } from "../core/inventory.ts";
import { inventoryFile, unpackInventory } from "../core/inventory/document.ts";
import { isMissing } from "../local/missing.ts";
import type { Bakery } from "./bakery.ts";

/** The inventory that was taken of an image when it was baked. Throws NotFound, CorruptRecord. */
export const inventoryOf = async (bakery: Bakery, image: Image): Promise<Inventory> => {
  const path = join(dirname(bakery.disk(image)), inventoryFile);
  let packed: Buffer;
  try {
    packed = await readFile(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new NotFound(`no inventory was taken of ${image.imageId}; bake it again to have one`);
  }
  try {
    return unpackInventory(packed);
  } catch (error) {
    throw new CorruptRecord(`${path} is no inventory of this version; bake the image again`, {
      cause: error,
    });
  }
};
