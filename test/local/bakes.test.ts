import { readdirSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bakesWithFolders, hasLog, openBake, seizeBake } from "../../local/bakes.ts";
import { bakeLog, keptLog } from "../../local/paths.ts";
import { newVersion, openState, unused } from "../support/local-state.ts";
import { startProgram } from "../support/start-program.ts";

test("the attempts of one version are counted, those in use and those with a log left out", async () => {
  await using state = await openState();
  const version = newVersion();
  const used = new Set([`${version}-1`, `${version}-3`]);
  const isUsed = (bake: string) => used.has(bake);
  await using two = await openBake(state.paths, version, isUsed);
  await using four = await openBake(state.paths, version, isUsed);
  expect([two.bake, four.bake]).toEqual([`${version}-2`, `${version}-4`]);
});

test("an attempt that was used up while it was being claimed is given back", async () => {
  await using state = await openState();
  const version = newVersion();
  let asked = 0;
  const isUsed = (bake: string) => {
    const claimed = readdirSync(state.paths.bakes).includes(bake);
    return claimed && asked++ === 0;
  };
  await using two = await openBake(state.paths, version, isUsed);
  expect(two.bake).toBe(`${version}-2`);
  expect(await bakesWithFolders(state.paths)).toEqual([two.bake]);
});

test("an attempt whose bake has ended can be had again", async () => {
  await using state = await openState();
  const version = newVersion();
  for (let count = 0; count < 2; count++) {
    await using open = await openBake(state.paths, version, unused);
    expect(open.bake).toBe(`${version}-1`);
  }
});

test("processes that open one version at once get attempts of their own", async () => {
  await using state = await openState();
  const version = newVersion();
  await using programs = new AsyncDisposableStack();
  const start = () => startProgram("open-bake.ts", [state.paths.root, version]);
  const opened = await Promise.all(
    Array.from({ length: 4 }, async () => programs.use(await start())),
  );
  const bakes = opened.map(({ said }) => said).toSorted();
  expect(new Set(bakes).size).toBe(4);
  expect(bakes.every((bake) => bake.startsWith(version))).toBe(true);
  await programs.disposeAsync();
  for (const bake of await bakesWithFolders(state.paths)) {
    await (await seizeBake(state.paths, bake))?.[Symbol.asyncDispose]();
  }
});

test("nothing of a bake is left when its scope ends", async () => {
  await using state = await openState();
  {
    await using open = await openBake(state.paths, newVersion(), unused);
    await mkdir(join(open.folder, "builder"));
    await writeFile(join(open.folder, "builder/disk.raw"), "data");
    expect(await bakesWithFolders(state.paths)).toEqual([open.bake]);
  }
  expect(await readdir(state.paths.bakes)).toEqual([]);
  expect(await readdir(state.paths.logs)).toEqual([]);
});

test("a log that is to be kept is, and its attempt is not had again", async () => {
  await using state = await openState();
  const version = newVersion();
  {
    await using open = await openBake(state.paths, version, unused);
    await writeFile(bakeLog(state.paths, open.bake), "said\n");
    expect(await open.keepLog()).toBe(keptLog(state.paths, open.bake));
    expect(await readFile(keptLog(state.paths, open.bake), "utf8")).toBe("said\n");
  }
  await using next = await openBake(state.paths, version, (bake) => hasLog(state.paths, bake));
  expect(next.bake).toBe(`${version}-2`);
});

test("a bake that lives is not seized; a dead one is, by one", async () => {
  await using state = await openState();
  const version = newVersion();
  await using holder = await startProgram("open-bake.ts", [state.paths.root, version]);
  const [bake] = await bakesWithFolders(state.paths);
  if (bake === undefined) throw new Error("the program opened no bake");
  expect(await seizeBake(state.paths, bake)).toBeUndefined();
  await holder.kill();
  await using seized = await seizeBake(state.paths, bake);
  expect(seized?.bake).toBe(bake);
  expect(await seizeBake(state.paths, bake)).toBeUndefined();
});

test("bakes are opened while others end and are swept, and nobody is in another's way", async () => {
  await using state = await openState();
  const version = newVersion();
  const work = async () => {
    for (let count = 0; count < 12; count++) {
      await using open = await openBake(state.paths, version, unused);
      await writeFile(join(open.folder, "mine"), open.bake, { flag: "wx" });
      expect(await readFile(join(open.folder, "mine"), "utf8")).toBe(open.bake);
    }
  };
  const sweeper = async () => {
    for (let count = 0; count < 24; count++) {
      for (const bake of await bakesWithFolders(state.paths)) {
        await (await seizeBake(state.paths, bake))?.[Symbol.asyncDispose]();
      }
    }
  };
  await Promise.all([work(), work(), sweeper(), sweeper()]);
  expect(await readdir(state.paths.bakes)).toEqual([]);
});

test("other files among the bakes are no bakes", async () => {
  await using state = await openState();
  await mkdir(join(state.paths.bakes, ".gone-1"));
  await writeFile(join(state.paths.bakes, "README"), "");
  expect(await bakesWithFolders(state.paths)).toEqual([]);
  await rm(state.paths.bakes, { recursive: true });
  await mkdir(state.paths.bakes);
});
