import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Paths } from "../../local/paths.ts";
import { adoptKept, findKept, pruneKept } from "../../local/step-cache.ts";
import { openState, someBake } from "../support/local-state.ts";

const keys = ["base", "one", "two"];
const mebibyte = 1024 ** 2;

/** Keeps disks as an agent does, and has them taken in. */
const keep = async (paths: Paths, disks: Record<number, string>, under = keys): Promise<void> => {
  const folder = join(paths.bakes, `kept-${Math.random()}`);
  await mkdir(folder);
  for (const [steps, text] of Object.entries(disks)) {
    await writeFile(join(folder, `${steps}.raw`), text);
    const record = { steps: Number(steps), bake: someBake(), repositories: [], seconds: 9 };
    await writeFile(join(folder, `${steps}.json`), JSON.stringify(record));
  }
  await adoptKept(paths, folder, under);
  await rm(folder, { recursive: true });
};

const found = async (paths: Paths, by: readonly string[] = keys): Promise<string[]> =>
  Promise.all(
    (await findKept(paths, by)).map(
      async ({ steps, disk }) => `${steps} ${await readFile(disk, "utf8")}`,
    ),
  );

test("what an agent kept is found by its keys, the disk after the most steps first", async () => {
  await using state = await openState();
  expect(await found(state.paths)).toEqual([]);
  await keep(state.paths, { 0: "made", 2: "second" });
  expect(await found(state.paths)).toEqual(["2 second", "0 made"]);
  expect(await found(state.paths, ["base", "other"])).toEqual(["0 made"]);
});

test("the newer disk of a key takes the place of the older", async () => {
  await using state = await openState();
  await keep(state.paths, { 1: "older" });
  await keep(state.paths, { 1: "newer" });
  expect(await found(state.paths)).toEqual(["1 newer"]);
  expect(await readdir(state.paths.steps)).toEqual(["one"]);
});

test("a disk whose agent died while it kept it, without a record, is none", async () => {
  await using state = await openState();
  const folder = join(state.paths.bakes, "killed");
  await mkdir(folder);
  await writeFile(join(folder, "1.raw"), "a part");
  await adoptKept(state.paths, folder, keys);
  await rm(folder, { recursive: true });
  expect(await found(state.paths)).toEqual([]);
});

test("steps that are skipped do not hide the disk before them", async () => {
  await using state = await openState();
  await keep(state.paths, { 1: "first" }, ["base", "one", "two"]);
  expect(await found(state.paths, ["base", "one", "one"])).toEqual(["2 first"]);
});

test("of more than the limit, those go that were used the longest ago", async () => {
  await using state = await openState();
  await keep(state.paths, { 0: "x".repeat(mebibyte), 1: "y".repeat(mebibyte) });
  const long = new Date(Date.now() - 60_000);
  await utimes(join(state.paths.steps, "base"), long, long);
  expect(await pruneKept(state.paths, 3 * mebibyte)).toBe(0);
  expect(await pruneKept(state.paths, 1.5 * mebibyte)).toBe(1);
  expect(await readdir(state.paths.steps)).toEqual(["one"]);
  expect(await pruneKept(state.paths, 0)).toBe(1);
  expect(await readdir(state.paths.steps)).toEqual([]);
});

test("a disk that nobody used for a month is removed", async () => {
  await using state = await openState();
  await keep(state.paths, { 1: "old" });
  const long = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  await utimes(join(state.paths.steps, "one"), long, long);
  expect(await pruneKept(state.paths, 1e9)).toBe(1);
});

test("a disk that another boot of the machine may have written in part is not used", async () => {
  await using state = await openState();
  await keep(state.paths, { 1: "first" });
  const path = join(state.paths.steps, "one/kept.json");
  const record = JSON.parse(await readFile(path, "utf8")) as object;
  await writeFile(path, JSON.stringify({ ...record, boot: "another" }));
  expect(await found(state.paths)).toEqual([]);
  expect(await pruneKept(state.paths, 1e9)).toBe(1);
});

test.each<[string, (disk: string) => Promise<unknown>]>([
  ["was written to", (disk) => appendFile(disk, "more")],
  [
    "was written to, its size and time made as they were",
    async (disk) => {
      const { atime, mtime } = await stat(disk);
      await writeFile(disk, "fIrst");
      await utimes(disk, atime, mtime);
    },
  ],
  [
    "was replaced by another file",
    async (disk) => {
      await writeFile(`${disk}.new`, "first");
      await rename(`${disk}.new`, disk);
    },
  ],
])("a disk that %s since it was kept is not used, and goes", async (_, change) => {
  await using state = await openState();
  await keep(state.paths, { 1: "first" });
  await change(join(state.paths.steps, "one/disk.raw"));
  expect(await found(state.paths)).toEqual([]);
  expect(await pruneKept(state.paths, 1e9)).toBe(1);
});

test("a disk that had the time to be written is known to be whole, also after a boot", async () => {
  await using state = await openState();
  await keep(state.paths, { 1: "first" });
  const path = join(state.paths.steps, "one/kept.json");
  const earlier = new Date(Date.now() - 120_000);
  await utimes(path, earlier, earlier);
  await pruneKept(state.paths, 1e9);
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ boot: null });
  expect(await found(state.paths)).toEqual(["1 first"]);
});

test("what is not a record is removed, and stops no bake", async () => {
  await using state = await openState();
  await keep(state.paths, { 1: "first" });
  await writeFile(join(state.paths.steps, "one/kept.json"), "{");
  expect(await found(state.paths)).toEqual([]);
  expect(await pruneKept(state.paths, 1e9)).toBe(1);
});
