import type { ImageId } from "../core/ids.ts";
import type { Inventories, KeptInventory } from "../core/ports.ts";

/** Inventories of which one can be read while there is nothing else to do. */
export interface InventoriesAhead extends Inventories {
  /** Begins to read an image's inventory: `ofImage` answers with what it was then. */
  expect(imageId: ImageId): void;
}

/** The next question for an inventory that is expected is answered by it, and it is let go of. */
export const inventoriesAhead = (inventories: Inventories): InventoriesAhead => {
  const expected = new Map<ImageId, Promise<KeptInventory | undefined>>();
  return {
    ofBake: (bake) => inventories.ofBake(bake),
    ofImage(imageId) {
      const found = expected.get(imageId) ?? inventories.ofImage(imageId);
      expected.delete(imageId);
      return found;
    },
    expect(imageId) {
      if (expected.has(imageId)) return;
      const found = inventories.ofImage(imageId);
      found.catch(() => undefined); // heard of by who asks
      expected.set(imageId, found);
    },
  };
};
