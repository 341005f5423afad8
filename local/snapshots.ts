import { link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { NotFound } from "../core/errors.ts";
import { inventoryFile } from "../core/inventory/document.ts";
import { BakeId, SnapshotId } from "../core/ids.ts";
import { Digest } from "../core/origin.ts";
import type { Snapshots } from "../core/ports.ts";
import { allImages } from "./images.ts";
import { discard } from "./discard.ts";
import { sealDisk } from "./disk-seal.ts";
import { madeId } from "./made-id.ts";
import {
  bakeFolder,
  builderFolder,
  type Paths,
  rememberedFile,
  snapshotDisk,
  snapshotFolder,
  volumeDisk,
} from "./paths.ts";
import { Written } from "./written.ts";
import { readRecord, syncFolder, writeRecord } from "./record.ts";

const gibibyte = 1024 ** 3;

/** What a snapshot was made from: a bake's working disk, or a stock disk of that digest. */
export const SnapshotRecord = z.union([
  z.strictObject({ snapshotId: SnapshotId, bake: BakeId }),
  z.strictObject({
    snapshotId: SnapshotId,
    digest: Digest,
    format: z.string(),
    /** By which it shows that somebody wrote to the disk since: see written.ts. */
    written: Written.optional(),
  }),
]);
export type SnapshotRecord = z.infer<typeof SnapshotRecord>;

/**
 * Snapshots as folders. A working disk is linked, not copied: its agent has ended, and from here
 * on nobody writes to it, which a seal shows. The folder appears whole, by one rename, with the
 * bake's id in it.
 */
export const folderSnapshots = (paths: Paths): Snapshots => ({
  async create(bake, volumeId) {
    const snapshotId = SnapshotId.parse(madeId("snap", bake));
    if (await exists(snapshotFolder(paths, snapshotId))) return snapshotId;
    const aside = await emptyFolder(join(bakeFolder(paths, bake), snapshotId));
    const disk = volumeDisk(paths, bake, volumeId);
    await link(disk, join(aside, "disk.raw"));
    for (const name of [inventoryFile, rememberedFile]) {
      await linkFound(join(builderFolder(paths, bake), name), join(aside, name));
    }
    await keepSnapshot(paths, aside, { snapshotId, bake });
    await rm(disk, { force: true }); // to lose a name later would show as a change
    await sealDisk(paths, { bake, snapshotId });
    return snapshotId;
  },
  async completed(snapshotId) {
    try {
      return Math.ceil((await stat(snapshotDisk(paths, snapshotId))).size / gibibyte);
    } catch (error) {
      throw new NotFound(`there is no snapshot ${snapshotId}`, { cause: error });
    }
  },
  async release(bake) {
    const snapshotId = SnapshotId.parse(madeId("snap", bake));
    const folder = snapshotFolder(paths, snapshotId);
    if (!(await exists(folder))) return 0;
    const images = await allImages(paths);
    if (images.some((image) => image.snapshotId === snapshotId)) return 0;
    await discard(paths, folder);
    return 1;
  },
});

/** What the agent found on the disk stays beside it. */
const linkFound = async (from: string, to: string): Promise<void> => {
  if (await exists(from)) await link(from, to);
};

/** A folder that was made just now, whatever was there before. */
export const emptyFolder = async (path: string): Promise<string> => {
  await rm(path, { recursive: true, force: true });
  await mkdir(path);
  return path;
};

/** Makes a folder with a `disk.raw` a snapshot: whole, in one rename. */
export const keepSnapshot = async (
  paths: Paths,
  aside: string,
  record: SnapshotRecord,
): Promise<void> => {
  await syncDisk(join(aside, "disk.raw"));
  await writeRecord(join(aside, "snapshot.json"), record, aside);
  await rename(aside, snapshotFolder(paths, record.snapshotId));
  await syncFolder(paths.snapshots);
};

/** Ids of every snapshot, with the bake that made it where its record is still whole. */
export const allSnapshots = async (paths: Paths) =>
  Promise.all(
    (await readdir(paths.snapshots)).map(async (name) => ({
      folder: join(paths.snapshots, name),
      record: await readRecord(join(paths.snapshots, name, "snapshot.json"), SnapshotRecord),
    })),
  );

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The record must not be more durable than the data it speaks of. */
const syncDisk = async (path: string): Promise<void> => {
  await using disk = await open(path, "r");
  await disk.datasync();
};
