import { mkdir, open as openFile, readdir, readFile, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { noWishes } from "../../core/builder-wishes.ts";
import { folderBuilders } from "../../local/builders.ts";
import { SnapshotId } from "../../core/ids.ts";
import {
  builderFolder,
  type Paths,
  snapshotDisk,
  snapshotFolder,
  volumeDisk,
} from "../../local/paths.ts";
import { describeBuilders } from "../contracts/builders.ts";
import { openState } from "../support/local-state.ts";

const open = async () => {
  const state = await openState();
  return { ...state, builders: folderBuilders(state.paths) };
};

describeBuilders("local", open);

test("a working disk is a sparse file of the size asked for, for its owner's eyes only", async () => {
  await using world = await open();
  const bake = await world.newBake();
  const spec = {
    architecture: "x86_64",
    rootVolumeSize: 100,
    snapshotId: null,
    wishes: noWishes,
  } as const;
  const { volumeId } = await world.builders.provision(bake, spec);
  const { size, blocks, mode } = await stat(volumeDisk(world.paths, bake, volumeId));
  expect([size, blocks, mode & 0o777]).toEqual([100 * 1024 ** 3, 0, 0o600]);
});

const mebibyte = 1024 ** 2;

/** A snapshot of 64 MiB: data at its beginning and its end, a hole between. */
const makeSnapshot = async (paths: Paths) => {
  const snapshotId = SnapshotId.parse("snap-00000000000000001");
  await mkdir(snapshotFolder(paths, snapshotId));
  await using disk = await openFile(snapshotDisk(paths, snapshotId), "w");
  await disk.truncate(64 * mebibyte);
  await disk.write("begins", 0);
  await disk.write("ends", 64 * mebibyte - 4);
  return snapshotId;
};

test("a working disk begins as a copy of its snapshot, and goes on to the size asked for", async () => {
  await using world = await open();
  const bake = await world.newBake();
  const snapshotId = await makeSnapshot(world.paths);
  const spec = { architecture: "x86_64", rootVolumeSize: 1, snapshotId, wishes: noWishes } as const;
  const { volumeId } = await world.builders.provision(bake, spec);
  await using disk = await openFile(volumeDisk(world.paths, bake, volumeId), "r+");
  const at = async (place: number, length: number) =>
    String((await disk.read(Buffer.alloc(length), 0, length, place)).buffer);
  expect(await at(0, 6)).toBe("begins");
  expect(await at(64 * mebibyte - 4, 4)).toBe("ends");
  const { size, blocks, mode } = await disk.stat();
  expect([size, mode & 0o777]).toEqual([1024 * mebibyte, 0o600]);
  expect(blocks * 512).toBeLessThan(mebibyte);
  await disk.write("mine", 0);
  expect((await readFile(snapshotDisk(world.paths, snapshotId))).subarray(0, 6)).toEqual(
    Buffer.from("begins"),
  );
  // a retry does not begin again
  await world.builders.provision(bake, spec);
  expect(await at(0, 6)).toBe("minens");
});

test("a copy that is stopped is no working disk", async () => {
  await using world = await open();
  const bake = await world.newBake();
  const snapshotId = await makeSnapshot(world.paths);
  const spec = { architecture: "x86_64", rootVolumeSize: 1, snapshotId, wishes: noWishes } as const;
  const stopped = folderBuilders(world.paths, { signal: AbortSignal.abort() });
  await expect(stopped.provision(bake, spec)).rejects.toMatchObject({ name: "AbortError" });
  const left = await readdir(builderFolder(world.paths, bake));
  expect(left.filter((name) => name.endsWith(".raw"))).toEqual([]);
  expect((await world.builders.provision(bake, spec)).volumeId).toMatch(/^vol-/);
});

test("an origin that was removed meanwhile is told as such", async () => {
  await using world = await open();
  const snapshotId = SnapshotId.parse("snap-00000000000000009");
  const spec = { architecture: "x86_64", rootVolumeSize: 1, snapshotId, wishes: noWishes } as const;
  const provisioned = world.builders.provision(await world.newBake(), spec);
  await expect(provisioned).rejects.toMatchObject({
    name: "NotFound",
    message: expect.stringContaining("the origin was removed while this bake began"),
  });
});

test("volumes of a disk are attached while it is empty, told when it is copied, and let go of", async () => {
  await using world = await open();
  const bake = await world.newBake();
  const snapshotId = await makeSnapshot(world.paths);
  const seen: unknown[] = [];
  const builders = folderBuilders(world.paths, {
    async attach({ source, disk, size }) {
      const { blocks } = await stat(disk);
      seen.push({ isSource: source === snapshotDisk(world.paths, snapshotId), blocks, size });
      return {
        copied: async () => void seen.push((await stat(disk)).blocks > 0 ? "copied" : "empty"),
        [Symbol.asyncDispose]: async () => void seen.push("let go of"),
      };
    },
  });
  const spec = { architecture: "x86_64", rootVolumeSize: 1, snapshotId, wishes: noWishes } as const;
  await builders.provision(bake, spec);
  const attached = [{ isSource: true, blocks: 0, size: 1024 * mebibyte }, "copied"];
  expect(seen).toEqual(attached);
  await builders.provision(bake, spec);
  expect(seen).toEqual(attached);
  await builders.release(bake);
  expect(seen).toEqual([...attached, "let go of"]);
});

test("a disk whose volumes cannot be attached is none, and nothing is held", async () => {
  await using world = await open();
  const bake = await world.newBake();
  const snapshotId = await makeSnapshot(world.paths);
  const spec = { architecture: "x86_64", rootVolumeSize: 1, snapshotId, wishes: noWishes } as const;
  const seen: string[] = [];
  const failing = folderBuilders(world.paths, {
    attach: async () => ({
      copied: () => Promise.reject(new Error("no such device")),
      [Symbol.asyncDispose]: async () => void seen.push("let go of"),
    }),
  });
  await expect(failing.provision(bake, spec)).rejects.toThrow("no such device");
  expect(seen).toEqual(["let go of"]);
});
