import { readdir, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { noWishes } from "../../core/builder-wishes.ts";
import { openBake, openKept, seizeBake } from "../../local/bakes.ts";
import { folderBuilders } from "../../local/builders.ts";
import { findKept, keptBuilders } from "../../local/kept-builders.ts";
import { type Paths, volumeDisk } from "../../local/paths.ts";
import { sweep } from "../../local/sweep.ts";
import { newVersion, openState, someBake, unused } from "../support/local-state.ts";
import { releaseOf } from "../support/release-of.ts";

const spec = {
  architecture: "x86_64",
  rootVolumeSize: 1,
  snapshotId: null,
  wishes: noWishes,
} as const;

/** A bake that has ended, whose builder is kept for so many milliseconds more. */
const keptBake = async (paths: Paths, milliseconds: number) => {
  const builders = folderBuilders(paths);
  await using open = await openBake(paths, newVersion(), unused);
  const { volumeId } = await builders.provision(open.bake, spec);
  await builders.keep(open.bake, new Date(Date.now() + milliseconds));
  await releaseOf(paths)(open.bake);
  return { bake: open.bake, disk: volumeDisk(paths, open.bake, volumeId), builders };
};

const hour = 3600_000;

test("a kept builder outlasts its bake and every sweep, until its time is up", async () => {
  await using state = await openState();
  const { bake, disk, builders } = await keptBake(state.paths, hour);
  expect(await sweep(state.paths, releaseOf(state.paths))).toEqual([]);
  await stat(disk);
  await builders.keep(bake, new Date(Date.now() - 1));
  expect(await sweep(state.paths, releaseOf(state.paths))).toEqual([
    { bake, released: ["1 builder"] },
  ]);
  expect(await readdir(state.paths.bakes)).toEqual([]);
});

test("a kept builder's attempt is not had again, nor is its bake seized", async () => {
  await using state = await openState();
  const { bake, builders } = await keptBake(state.paths, hour);
  expect(await seizeBake(state.paths, bake)).toBeUndefined();
  await using next = await openBake(state.paths, bake.replace(/-1$/, ""), unused);
  expect(next.bake).toBe(bake.replace(/-1$/, "-2"));
  await builders.keep(bake, new Date(0));
});

test("a kept builder is found by its bake, and the one kept longest by its recipe", async () => {
  await using state = await openState();
  expect(await keptBuilders(state.paths)).toEqual([]);
  await expect(findKept(state.paths, "web")).rejects.toMatchObject({ name: "NotFound" });
  const older = await keptBake(state.paths, hour);
  const newer = await keptBake(state.paths, 2 * hour);
  expect((await findKept(state.paths, older.bake)).bake).toBe(older.bake);
  expect((await findKept(state.paths, "web")).bake).toBe(newer.bake);
  await expect(findKept(state.paths, "base")).rejects.toMatchObject({
    name: "NotFound",
    message: expect.stringContaining(`there are those of ${newer.bake}, ${older.bake}`),
  });
  for (const { bake, builders } of [older, newer]) await builders.keep(bake, new Date(0));
});

test("a kept builder is opened by one at a time, and is still kept when that one is done", async () => {
  await using state = await openState();
  const { bake, disk, builders } = await keptBake(state.paths, hour);
  {
    await using _ = await openKept(state.paths, bake);
    await expect(openKept(state.paths, bake)).rejects.toMatchObject({ name: "InUse" });
  }
  await stat(disk);
  {
    await using _ = await openKept(state.paths, bake);
    await builders.keep(bake, new Date(0));
  }
  expect(await readdir(state.paths.bakes)).toEqual([]);
  await expect(openKept(state.paths, bake)).rejects.toMatchObject({ name: "NotFound" });
});

test("what is not kept cannot be opened, though its bake lives", async () => {
  await using state = await openState();
  const bake = await state.newBake();
  await expect(openKept(state.paths, bake)).rejects.toMatchObject({ name: "NotFound" });
  await expect(openKept(state.paths, someBake())).rejects.toMatchObject({ name: "NotFound" });
});
