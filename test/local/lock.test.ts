import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tryLock } from "../../local/lock.ts";
import { startProgram } from "../support/start-program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Whether the lock is to be had at this moment. */
const isFree = async (path: string): Promise<boolean> => {
  await using lock = await tryLock(path);
  return lock !== undefined;
};

test("a lock has one holder, across processes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  await using holder = await startProgram("hold-lock.ts", [path]);
  expect(holder.said).toBe("held");
  expect(await isFree(path)).toBe(false);
  await using other = await startProgram("hold-lock.ts", [path]);
  expect(other.said).toBe("taken");
});

test("a lock has one holder, within a process", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  await using lock = await tryLock(path);
  expect(lock).toBeDefined();
  expect(await isFree(path)).toBe(false);
});

test("of many who try at once, one gets it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  const locks = await Promise.all(Array.from({ length: 12 }, () => tryLock(path)));
  expect(locks.filter((lock) => lock !== undefined)).toHaveLength(1);
  for (const lock of locks) await lock?.[Symbol.asyncDispose]();
});

test("a lock is free when its scope ends", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  expect(await isFree(path)).toBe(true);
  expect(await isFree(path)).toBe(true);
});

test("a lock is free when its holder is killed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  await using holder = await startProgram("hold-lock.ts", [path]);
  expect(await isFree(path)).toBe(false);
  await holder.kill();
  expect(await isFree(path)).toBe(true);
});

test("a child that was handed the lock holds it when its parent is killed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  await using holder = await startProgram("hold-lock.ts", [path, "with-child"]);
  await holder.kill();
  expect(await isFree(path)).toBe(false);
  process.kill(Number(holder.said), "SIGKILL");
  await expect.poll(() => isFree(path)).toBe(true);
});

test("a lock whose folder was swept meanwhile is not taken", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "bake/lock");
  await mkdir(join(folder.path, "bake"));
  const trying = tryLock(path);
  await rename(join(folder.path, "bake"), join(folder.path, "gone")).catch(() => undefined);
  const lock = await trying.catch(() => undefined);
  expect(lock).toBeUndefined();
});
