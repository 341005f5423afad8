import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BakeId } from "../core/ids.ts";
import { bakesWithFolders, seizeBake } from "./bakes.ts";
import { discard, goneMark } from "./discard.ts";
import { allImages, bakesOfCandidates } from "./images.ts";
import { detachLoops } from "./loop-devices.ts";
import type { Paths } from "./paths.ts";
import { allSnapshots } from "./snapshots.ts";
import { sweepBundles } from "./unpacked.ts";

/** Releases a bake's builders, test machines, candidates and snapshots; says how many of each. */
export type Release = (bake: BakeId) => Promise<Record<string, number>>;

export interface Swept {
  bake: string;
  /** What was found, in words: `1 builder`. */
  released: string[];
}

/**
 * Finds what dead bakes left and releases it. A bake is dead when nobody holds its lock, which
 * the kernel gives back with the last process of the bake. Bakes that live are left alone.
 */
export const sweep = async (paths: Paths, release: Release): Promise<Swept[]> => {
  await finishRemovals(paths);
  const swept: Swept[] = [];
  for (const bake of await suspects(paths)) {
    await using dead = await seizeBake(paths, bake);
    if (dead === undefined) continue;
    const loops = await detachLoops(dead.folder);
    const counts = { ...(await release(bake)), loopDevices: loops };
    swept.push({ bake, released: inWords(counts) });
  }
  const others = [
    await removeOrphans(paths),
    await pruneImports(paths),
    await unusedBundles(paths),
  ];
  return [...swept, ...others.flat()];
};

const unusedBundles = async (paths: Paths): Promise<Swept[]> => {
  const count = await sweepBundles(paths);
  if (count === 0) return [];
  return [{ bake: "a command", released: [`${count} unpacked file${count === 1 ? "" : "s"}`] }];
};

/** Milliseconds that an imported stock disk is kept for the next bake when nothing descends from it. */
const importLifetime = 7 * 24 * 3600 * 1000;

const pruneImports = async (paths: Paths): Promise<Swept[]> => {
  const ancestors = (await allImages(paths)).flatMap(({ lineage }) => lineage);
  const needed = new Set(
    ancestors.flatMap((ancestor) => (ancestor.kind === "file" ? [ancestor.snapshotId] : [])),
  );
  const pruned: Swept[] = [];
  for (const { folder, record } of await allSnapshots(paths)) {
    if (record === undefined || !("digest" in record) || needed.has(record.snapshotId)) continue;
    const used = await stat(folder); // each use of it sets the folder's time
    if (Date.now() - used.mtimeMs < importLifetime) continue;
    if (!(await discard(paths, folder))) continue;
    pruned.push({ bake: record.digest, released: ["1 imported disk that nothing descends from"] });
  }
  return pruned;
};

const suspects = async (paths: Paths): Promise<Set<BakeId>> => {
  const used = new Set((await allImages(paths)).map(({ snapshotId }) => snapshotId));
  const unused = (await allSnapshots(paths)).flatMap(({ record }) =>
    record === undefined || !("bake" in record) || used.has(record.snapshotId) ? [] : [record.bake],
  );
  return new Set([
    ...(await bakesWithFolders(paths)),
    ...(await bakesOfCandidates(paths)),
    ...unused,
  ]);
};

/** A snapshot's folder appears and goes whole, so one without its record was damaged. */
const removeOrphans = async (paths: Paths): Promise<Swept[]> => {
  const removed: Swept[] = [];
  for (const { folder, record } of await allSnapshots(paths)) {
    // one without a record may be gone by now, by another sweep
    if (record !== undefined || !(await discard(paths, folder))) continue;
    removed.push({ bake: folder, released: ["1 snapshot without a record"] });
  }
  return removed;
};

const finishRemovals = async (paths: Paths): Promise<void> => {
  const gone = (await readdir(paths.bakes)).filter((name) => name.startsWith(goneMark));
  await Promise.all(
    gone.map((name) => rm(join(paths.bakes, name), { recursive: true, force: true })),
  );
};

const nouns: Record<string, string> = {
  builders: "builder",
  testMachines: "test machine",
  images: "candidate image",
  snapshots: "snapshot",
  loopDevices: "loop device",
};

const inWords = (counts: Record<string, number>): string[] =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${nouns[kind] ?? kind}${count === 1 ? "" : "s"}`);
