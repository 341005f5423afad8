import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noWishes } from "../../core/builder-wishes.ts";
import { SnapshotId } from "../../core/ids.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { folderBuilders } from "../../local/builders.ts";
import { folderImages } from "../../local/images.ts";
import { madeId } from "../../local/made-id.ts";
import { bakeFolder, snapshotDisk, volumeDisk } from "../../local/paths.ts";
import { allSnapshots, folderSnapshots } from "../../local/snapshots.ts";
import { describeSnapshots, type SnapshotsWorld } from "../contracts/snapshots.ts";
import { imageSpec, type LocalState, openState } from "../support/local-state.ts";

const open = async (): Promise<SnapshotsWorld & LocalState> => {
  const state = await openState();
  const builders = folderBuilders(state.paths);
  const images = folderImages(state.paths);
  return {
    ...state,
    snapshots: folderSnapshots(state.paths),
    async bakeWithDisk(rootVolumeSize) {
      const spec = { architecture: "x86_64", snapshotId: null, wishes: noWishes } as const;
      const bake = await state.newBake();
      return {
        bake,
        ...(await builders.provision(bake, { ...spec, rootVolumeSize })),
      };
    },
    releaseBuilder: async (bake) => void (await builders.release(bake)),
    async register(bake, snapshotId, end) {
      const imageId = await images.register(imageSpec(bake, snapshotId), noAttributes);
      if (end === "published") await images.publish(imageId);
    },
  };
};

describeSnapshots("local", open);

test("a snapshot is the disk itself, not a copy", async () => {
  await using world = await open();
  const { bake, volumeId } = await world.bakeWithDisk(1);
  await writeFile(volumeDisk(world.paths, bake, volumeId), "data");
  const { ino } = await stat(volumeDisk(world.paths, bake, volumeId));
  const snapshotId = await world.snapshots.create(bake, volumeId, {});
  const disk = await stat(snapshotDisk(world.paths, snapshotId));
  expect(disk).toMatchObject({ ino, nlink: 1 });
});

test("a snapshot that was begun and not finished is made anew", async () => {
  await using world = await open();
  const { bake, volumeId } = await world.bakeWithDisk(1);
  const snapshotId = madeId("snap", bake);
  const begun = join(bakeFolder(world.paths, bake), snapshotId);
  await mkdir(begun);
  await writeFile(join(begun, "disk.raw"), "part");
  expect(await world.snapshots.create(bake, volumeId, {})).toBe(snapshotId);
  expect((await stat(snapshotDisk(world.paths, SnapshotId.parse(snapshotId)))).size).toBe(
    1024 ** 3,
  );
});

test("every snapshot is listed with the bake that made it", async () => {
  await using world = await open();
  const { bake, volumeId } = await world.bakeWithDisk(1);
  const snapshotId = await world.snapshots.create(bake, volumeId, {});
  expect(await allSnapshots(world.paths)).toMatchObject([{ record: { bake, snapshotId } }]);
});
