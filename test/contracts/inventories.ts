import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ImageId } from "../../core/ids.ts";
import type { BakeId } from "../../core/ids.ts";
import type { Inventories } from "../../core/ports.ts";
import { cleanInventory, packed } from "../support/clean-inventory.ts";

export interface InventoriesWorld extends AsyncDisposable {
  inventories: Inventories;
  /** A published image, and the bake that made it. */
  published(): Promise<{ bake: BakeId; imageId: ImageId }>;
  /** Puts an inventory's file where what is kept of the bake is. */
  leave(bake: BakeId, file: Uint8Array): Promise<void>;
}

export const describeInventories = (name: string, open: () => Promise<InventoriesWorld>) =>
  describe(`${name} inventories`, () => {
    test("are read as they were taken, by the bake and by its image, with their file's digest", async () => {
      await using world = await open();
      const { bake, imageId } = await world.published();
      const inventory = cleanInventory();
      const file = packed(inventory);
      await world.leave(bake, file);
      const digest = `sha256:${createHash("sha256").update(file).digest("hex")}`;
      expect(await world.inventories.ofBake(bake)).toEqual({ inventory, digest });
      expect(await world.inventories.ofImage(imageId)).toEqual({ inventory, digest });
    });

    test("are of the bake's own image, and of no other's", async () => {
      await using world = await open();
      const [one, other] = [await world.published(), await world.published()];
      await world.leave(one.bake, packed(cleanInventory()));
      expect(await world.inventories.ofImage(one.imageId)).toBeDefined();
      expect(await world.inventories.ofImage(other.imageId)).toBeUndefined();
    });

    test("that were not taken are NotFound of a bake, and none of an image", async () => {
      await using world = await open();
      const { bake, imageId } = await world.published();
      await expect(world.inventories.ofBake(bake)).rejects.toMatchObject({
        ...{ name: "NotFound", message: expect.stringContaining(bake) },
      });
      expect(await world.inventories.ofImage(imageId)).toBeUndefined();
    });

    test("of an image that nobody knows there are none", async () => {
      await using world = await open();
      const unknown = ImageId.parse("ami-0fedcba9876543210");
      expect(await world.inventories.ofImage(unknown)).toBeUndefined();
    });

    test.each<[string, Uint8Array]>([
      ["are no archive", Buffer.from("{}")],
      ["end in their midst", packed(cleanInventory()).subarray(0, -20)],
      ["are empty", Buffer.alloc(0)],
    ])("that %s are CorruptRecord, with their place", async (_title, file) => {
      await using world = await open();
      const { bake, imageId } = await world.published();
      await world.leave(bake, file);
      const corrupt = { name: "CorruptRecord", message: expect.stringMatching(/inventory/) };
      await expect(world.inventories.ofBake(bake)).rejects.toMatchObject(corrupt);
      await expect(world.inventories.ofImage(imageId)).rejects.toMatchObject(corrupt);
    });
  });
