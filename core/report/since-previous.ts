import { CorruptRecord } from "../errors.ts";
import type { Inventory } from "../inventory.ts";
import type { Inventories } from "../ports.ts";
import { changesOf, type Previous, type Since } from "./changes-of.ts";

/**
 * What changed in an image since the previous one of its recipe. An inventory of that one which
 * cannot be read is no reason to refuse this one: the report says so.
 */
export const sincePrevious = async (
  inventories: Pick<Inventories, "ofImage">,
  previous: Previous | undefined,
  inventory: Inventory,
): Promise<Since> => {
  if (previous === undefined) return { first: true };
  try {
    const before = await inventories.ofImage(previous.imageId);
    if (before === undefined) return { previous, unknown: "no inventory of it is kept" };
    return { previous, changes: changesOf(before.inventory, inventory) };
  } catch (error) {
    if (!(error instanceof CorruptRecord)) throw error;
    return { previous, unknown: "its inventory cannot be read" };
  }
};
