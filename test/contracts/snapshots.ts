import { describe, expect, test } from "vitest";
import { type BakeId, SnapshotId, type VolumeId } from "../../core/ids.ts";
import type { Snapshots } from "../../core/ports.ts";

export interface SnapshotsWorld extends AsyncDisposable {
  snapshots: Snapshots;
  /** A bake with a working disk of that many GiB. */
  bakeWithDisk(size: number): Promise<{ bake: BakeId; volumeId: VolumeId }>;
  releaseBuilder(bake: BakeId): Promise<void>;
  /** Makes the snapshot back an image, a candidate or a published one. */
  register(bake: BakeId, snapshotId: SnapshotId, state: "candidate" | "published"): Promise<void>;
}

/** The size, once the snapshot is complete: until then it is pending. */
const completed = async (snapshots: Snapshots, snapshotId: SnapshotId): Promise<number> => {
  for (;;) {
    try {
      return await snapshots.completed(snapshotId);
    } catch (error) {
      if ((error as Error).name !== "SnapshotPending") throw error;
    }
  }
};

export const describeSnapshots = (name: string, open: () => Promise<SnapshotsWorld>) =>
  describe(`${name} snapshots`, () => {
    test("are made of a working disk, and have its size", async () => {
      await using world = await open();
      const { bake, volumeId } = await world.bakeWithDisk(3);
      const snapshotId = await world.snapshots.create(bake, volumeId, {});
      expect(SnapshotId.parse(snapshotId)).toBe(snapshotId);
      expect(await completed(world.snapshots, snapshotId)).toBe(3);
    });

    test("are the same when they are made again, when the builder is gone too", async () => {
      await using world = await open();
      const { bake, volumeId } = await world.bakeWithDisk(1);
      const first = await world.snapshots.create(bake, volumeId, {});
      expect(await world.snapshots.create(bake, volumeId, {})).toBe(first);
      await completed(world.snapshots, first);
      await world.releaseBuilder(bake);
      expect(await world.snapshots.create(bake, volumeId, {})).toBe(first);
      expect(await world.snapshots.release(bake)).toBe(1);
    });

    test("outlive their builder", async () => {
      await using world = await open();
      const { bake, volumeId } = await world.bakeWithDisk(1);
      const snapshotId = await world.snapshots.create(bake, volumeId, {});
      await world.releaseBuilder(bake);
      expect(await completed(world.snapshots, snapshotId)).toBe(1);
    });

    test("that are not there are NotFound, by name", async () => {
      await using world = await open();
      const snapshotId = SnapshotId.parse("snap-00000000000000000");
      await expect(completed(world.snapshots, snapshotId)).rejects.toMatchObject({
        name: "NotFound",
        message: expect.stringContaining(snapshotId),
      });
    });

    test("are released once, and are then not there", async () => {
      await using world = await open();
      const { bake, volumeId } = await world.bakeWithDisk(1);
      const snapshotId = await world.snapshots.create(bake, volumeId, {});
      expect(await world.snapshots.release(bake)).toBe(1);
      expect(await world.snapshots.release(bake)).toBe(0);
      await expect(completed(world.snapshots, snapshotId)).rejects.toMatchObject({
        name: "NotFound",
      });
    });

    test.each(["published", "candidate"] as const)("that back a %s image stay", async (state) => {
      await using world = await open();
      const { bake, volumeId } = await world.bakeWithDisk(1);
      const snapshotId = await world.snapshots.create(bake, volumeId, {});
      await world.register(bake, snapshotId, state);
      expect(await world.snapshots.release(bake)).toBe(0);
      expect(await completed(world.snapshots, snapshotId)).toBe(1);
    });

    test("of two bakes are not each other's", async () => {
      await using world = await open();
      const [one, other] = [await world.bakeWithDisk(1), await world.bakeWithDisk(2)];
      const ofOne = await world.snapshots.create(one.bake, one.volumeId, {});
      const ofOther = await world.snapshots.create(other.bake, other.volumeId, {});
      expect(ofOne).not.toBe(ofOther);
      expect(await world.snapshots.release(one.bake)).toBe(1);
      expect(await completed(world.snapshots, ofOther)).toBe(2);
    });
  });
