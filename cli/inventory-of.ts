import { dirname } from "node:path";
import { NotFound } from "../core/errors.ts";
import type { Image } from "../core/image.ts";
import type { Inventory } from "../core/inventory.ts";
import { inventoryBeside } from "../local/inventories.ts";
import type { Bakery } from "./bakery.ts";

/** The inventory that was taken of an image when it was baked. Throws NotFound, CorruptRecord. */
export const inventoryOf = async (bakery: Bakery, image: Image): Promise<Inventory> => {
  const kept = await inventoryBeside(dirname(bakery.disk(image)));
  if (kept !== undefined) return kept.inventory;
  throw new NotFound(`no inventory was taken of ${image.imageId}; bake it again to have one`);
};
