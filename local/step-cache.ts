import { mkdir, open, readdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { BakeJob } from "../core/job.ts";
import { KeptDisk } from "../core/step-cache.ts";
import { discard } from "./discard.ts";
import { isMissing, isTaken } from "./missing.ts";
import type { Paths } from "./paths.ts";
import { readRecord, writeRecord } from "./record.ts";
import { isSame, Written, writtenOf } from "./written.ts";

/*
 * The cache is the folder `steps/` of the state directory: `<key>/disk.raw` and `<key>/kept.json`.
 * A folder appears and goes whole, by one rename; its time is that of its last use.
 */

const KeptRecord = KeptDisk.extend({
  /** The boot of this machine that wrote the disk; null when it is known to be on the medium. */
  boot: z.string().nullable(),
  /** The disk as it was then: who wrote to it since made it another one. */
  written: Written,
});

/** Milliseconds that a disk is kept which nobody uses. */
const lifetime = 30 * 24 * 3600 * 1000;

/** Milliseconds by which the kernel has written what it was told to write, by its own clock. */
const writtenAfter = 60_000;

export type KeptFor = NonNullable<BakeJob["stepCache"]>["kept"];

/** The disks that fit, the one after the most steps first. `keys`: see stepKeys. */
export const findKept = async (paths: Paths, keys: readonly string[]): Promise<KeptFor> => {
  const found: KeptFor = [];
  for (const key of new Set(keys.toReversed())) {
    const folder = join(paths.steps, key);
    const record = await recordIn(folder);
    if (record === undefined || !(await isWhole(folder, record))) continue;
    const { boot: _, written: __, ...kept } = record;
    // skipped steps have the key of the one before
    found.push({ ...kept, steps: keys.lastIndexOf(key), disk: join(folder, "disk.raw") });
    await utimes(folder, new Date(), new Date()).catch(() => undefined); // pruned at this moment
  }
  return found;
};

/** Takes into the cache what an agent kept: by its number of steps, under its key. */
export const adoptKept = async (
  paths: Paths,
  folder: string,
  keys: readonly string[],
): Promise<void> => {
  for (const name of await namesIn(folder)) {
    const steps = /^(\d+)\.json$/.exec(name)?.[1];
    const key = steps === undefined ? undefined : keys[Number(steps)];
    if (key === undefined) continue;
    const kept = KeptDisk.parse(JSON.parse(await readFile(join(folder, name), "utf8")));
    const aside = join(folder, `adopted-${steps}`);
    await mkdir(aside);
    await rename(join(folder, `${steps}.raw`), join(aside, "disk.raw"));
    // not synced: who waits for a bake need not wait for that, and a copy is only a copy
    const written = await writtenOf(join(aside, "disk.raw"));
    const record: KeptRecord = { ...kept, boot: await bootId(), written };
    await writeFile(join(aside, "kept.json"), JSON.stringify(record));
    await put(paths, aside, join(paths.steps, key));
  }
};

const put = async (paths: Paths, from: string, to: string): Promise<void> => {
  await mkdir(paths.steps, { recursive: true });
  await discard(paths, to);
  await rename(from, to).catch((error: unknown) => {
    if (!isTaken(error) && !isFull(error)) throw error; // another bake kept the same at this moment
  });
};

/** Removes what is damaged or old, then what was used the longest ago, until the rest fits. */
export const pruneKept = async (paths: Paths, limit: number): Promise<number> => {
  const kept: { folder: string; used: number; bytes: number }[] = [];
  let removed = 0;
  for (const name of await namesIn(paths.steps)) {
    const folder = join(paths.steps, name);
    const record = await recordIn(folder);
    const disk = await stat(join(folder, "disk.raw")).catch(() => undefined);
    const there = await stat(folder).catch(() => undefined);
    if (there === undefined) continue;
    const isOld = Date.now() - there.mtimeMs > lifetime;
    if (record === undefined || disk === undefined || isOld || !(await isWhole(folder, record))) {
      if (await discard(paths, folder)) removed++;
      continue;
    }
    await settle(folder, record);
    kept.push({ folder, used: there.mtimeMs, bytes: disk.blocks * 512 });
  }
  let room = limit;
  for (const { folder, bytes } of kept.toSorted((a, b) => b.used - a.used)) {
    room -= bytes;
    if (room < 0 && (await discard(paths, folder))) removed++;
  }
  return removed;
};

/** rename(2) says either of a folder that is there. */
const isFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOTEMPTY";

type KeptRecord = z.infer<typeof KeptRecord>;

const recordIn = (folder: string): Promise<KeptRecord | undefined> =>
  readRecord(join(folder, "kept.json"), KeptRecord).catch(() => undefined);

/**
 * A machine that lost its power may have the record of a disk that it has only in part; and what
 * was written to since is not what the record says.
 */
const isWhole = async (folder: string, { boot, written }: KeptRecord): Promise<boolean> => {
  if (boot !== null && boot !== (await bootId())) return false;
  const now = await writtenOf(join(folder, "disk.raw")).catch(() => undefined);
  return now !== undefined && isSame(now, written);
};

const settle = async (folder: string, record: KeptRecord): Promise<void> => {
  if (record.boot === null) return;
  const { mtimeMs } = await stat(join(folder, "kept.json"));
  if (Date.now() - mtimeMs < writtenAfter) return;
  {
    await using disk = await open(join(folder, "disk.raw"), "r");
    await disk.datasync();
  }
  await writeRecord(join(folder, "kept.json"), { ...record, boot: null }, folder);
};

/** https://www.kernel.org/doc/html/latest/admin-guide/sysctl/kernel.html#random */
const bootId = async (): Promise<string> =>
  (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
