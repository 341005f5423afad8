import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { noWishes } from "../../core/builder-wishes.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { bakesWithFolders, openBake } from "../../local/bakes.ts";
import { folderBuilders } from "../../local/builders.ts";
import { allImages, folderImages } from "../../local/images.ts";
import {
  imageRecord,
  type Paths,
  pathsIn,
  snapshotDisk,
  snapshotFolder,
  testFolder,
  volumeDisk,
} from "../../local/paths.ts";
import { folderSnapshots } from "../../local/snapshots.ts";
import { type Swept, sweep } from "../../local/sweep.ts";
import {
  imageSpec,
  type LocalState,
  newVersion,
  openState,
  unused,
} from "../support/local-state.ts";
import { releaseOf } from "../support/release-of.ts";
import { startProgram } from "../support/start-program.ts";
import { loopDevices } from "../support/temporary-folder.ts";

const run = promisify(execFile);

const sweepAll = (paths: Paths): Promise<Swept[]> => sweep(paths, releaseOf(paths));

/** Names of everything that a state directory holds. */
const contents = async ({ images, snapshots, bakes }: Paths): Promise<string[]> =>
  (await Promise.all([images, snapshots, bakes].map((path) => readdir(path)))).flat();

/** A dead bake with a working disk, to a part of which a loop device may be attached. */
const deadBuilder = async (paths: Paths) => {
  const open = await openBake(paths, newVersion(), unused);
  const spec = {
    architecture: "x86_64",
    rootVolumeSize: 1,
    snapshotId: null,
    wishes: noWishes,
  } as const;
  const { volumeId } = await folderBuilders(paths).provision(open.bake, spec);
  const disk = volumeDisk(paths, open.bake, volumeId);
  return { ...open, disk, die: () => open.lock[Symbol.asyncDispose]() };
};

test("where nothing is left, nothing is released", async () => {
  await using state = await openState();
  expect(await sweepAll(state.paths)).toEqual([]);
});

test("a dead bake's builder, test machine, candidate and snapshot are released, and named", async () => {
  await using state = await openState();
  const { bake, die } = await state.bakeWithCandidate();
  await die();
  await mkdir(testFolder(state.paths, bake));
  expect(await sweepAll(state.paths)).toEqual([
    { bake, released: ["1 builder", "1 test machine", "1 candidate image", "1 snapshot"] },
  ]);
  expect(await contents(state.paths)).toEqual([]);
  expect(await sweepAll(state.paths)).toEqual([]);
});

test("a bake whose process was killed is dead, and its folder goes", async () => {
  await using state = await openState();
  await using holder = await startProgram("open-bake.ts", [state.paths.root, newVersion()]);
  expect(await sweepAll(state.paths)).toEqual([]);
  await holder.kill();
  expect(await sweepAll(state.paths)).toEqual([{ bake: holder.said, released: [] }]);
  expect(await contents(state.paths)).toEqual([]);
});

test("a bake that lives is left alone with all that it has", async () => {
  await using state = await openState();
  const { imageId } = await state.bakeWithCandidate("alive");
  const before = await contents(state.paths);
  expect(await sweepAll(state.paths)).toEqual([]);
  expect(await contents(state.paths)).toEqual(before);
  expect((await allImages(state.paths)).map((image) => image.imageId)).toEqual([imageId]);
});

test("a published image stays, with its disk, though its bake died before its end", async () => {
  await using state = await openState();
  const { bake, imageId, snapshotId } = await state.bakeWithCandidate();
  await folderImages(state.paths).publish(imageId);
  expect(await sweepAll(state.paths)).toEqual([{ bake, released: ["1 builder"] }]);
  expect((await allImages(state.paths)).map((image) => image.imageId)).toEqual([imageId]);
  await stat(snapshotDisk(state.paths, snapshotId));
});

test("a candidate and a snapshot go when even their bake's folder is gone", async () => {
  await using state = await openState();
  const { bake, folder } = await state.bakeWithCandidate();
  await rm(folder, { recursive: true });
  expect(await sweepAll(state.paths)).toEqual([
    { bake, released: ["1 candidate image", "1 snapshot"] },
  ]);
  expect(await contents(state.paths)).toEqual([]);
});

test("a snapshot whose candidate's record is gone goes, too", async () => {
  await using state = await openState();
  const { bake, folder, imageId } = await state.bakeWithCandidate();
  await rm(folder, { recursive: true });
  await rm(imageRecord(state.paths, imageId));
  expect(await sweepAll(state.paths)).toEqual([{ bake, released: ["1 snapshot"] }]);
});

test("a removal that was cut short is finished", async () => {
  await using state = await openState();
  await mkdir(join(state.paths.bakes, ".gone-1/builder"), { recursive: true });
  await writeFile(join(state.paths.bakes, ".gone-1/builder/disk.raw"), "data");
  const { snapshotId } = await state.bakeWithCandidate();
  await rm(join(snapshotFolder(state.paths, snapshotId), "snapshot.json"));
  await sweepAll(state.paths);
  expect(await contents(state.paths)).toEqual([]);
});

test("a loop device that an agent left on a dead bake's disk is detached, and named", async () => {
  await using state = await openState();
  const { bake, disk, die } = await deadBuilder(state.paths);
  await run("losetup", ["--find", disk]);
  await die();
  expect(await sweepAll(state.paths)).toEqual([{ bake, released: ["1 builder", "1 loop device"] }]);
  expect(await loopDevices(state.paths.root)).toEqual([]);
});

test("it is, by whatever links the state directory was named", async () => {
  await using state = await openState();
  const { disk, die } = await deadBuilder(state.paths);
  await run("losetup", ["--find", disk]);
  await die();
  const link = join(await mkdtemp(join(tmpdir(), "ovenbird-link-")), "state");
  await symlink(state.paths.root, link);
  await sweepAll(pathsIn(link));
  await rm(join(link, ".."), { recursive: true });
  expect(await loopDevices(state.paths.root)).toEqual([]);
});

test("a loop device left on a disk goes when its bake ends by itself, too", async () => {
  await using state = await openState();
  const { disk, ...open } = await deadBuilder(state.paths);
  await run("losetup", ["--find", disk]);
  // an agent that is killed fails its bake, which releases its builder and then itself
  await folderBuilders(state.paths).release(open.bake);
  await open[Symbol.asyncDispose]();
  expect(await loopDevices(state.paths.root)).toEqual([]);
});

test("loop devices of others stay", async () => {
  await using state = await openState();
  const alive = await deadBuilder(state.paths);
  const { stdout } = await run("losetup", ["--find", "--show", alive.disk]);
  const dead = await deadBuilder(state.paths);
  await dead.die();
  await sweepAll(state.paths);
  expect(await loopDevices(state.paths.root)).toHaveLength(1);
  await run("losetup", ["--detach", stdout.trim()]);
  await alive[Symbol.asyncDispose]();
});

test("several sweeps at once release everything, and none of them fails", async () => {
  await using state = await openState();
  const dead = await makeDead(state, 6);
  const all = await Promise.all(Array.from({ length: 4 }, () => sweepAll(state.paths)));
  expect(await contents(state.paths)).toEqual([]);
  const named = all.flat().flatMap(({ bake, released }) => (released.length > 0 ? [bake] : []));
  expect(new Set(named)).toEqual(new Set(dead));
});

const makeDead = async (state: LocalState, count: number): Promise<string[]> => {
  const bakes: string[] = [];
  for (let made = 0; made < count; made++) bakes.push((await state.bakeWithCandidate()).bake);
  return bakes;
};

test("a sweep that runs while bakes publish takes no image from them", async () => {
  await using state = await openState();
  const published = new AbortController();
  const publish = async () => {
    for (let count = 0; count < 10; count++) {
      const open = await openBake(state.paths, newVersion(), unused);
      const { volumeId } = await folderBuilders(state.paths).provision(open.bake, {
        ...{ architecture: "x86_64", rootVolumeSize: 1, snapshotId: null, wishes: noWishes },
      });
      const snapshotId = await folderSnapshots(state.paths).create(open.bake, volumeId, {});
      const images = folderImages(state.paths);
      await images.publish(await images.register(imageSpec(open.bake, snapshotId), noAttributes));
      // dies at its very end, so that the sweep finds it dead with a published image
      await open.lock[Symbol.asyncDispose]();
    }
    published.abort();
  };
  const sweeping = async () => {
    while (!published.signal.aborted) await sweepAll(state.paths);
  };
  await Promise.all([publish(), sweeping()]);
  await sweepAll(state.paths);
  const images = await allImages(state.paths);
  expect(images).toHaveLength(10);
  for (const { snapshotId } of images) await stat(snapshotDisk(state.paths, snapshotId));
  expect(await bakesWithFolders(state.paths)).toEqual([]);
});
