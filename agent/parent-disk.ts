import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackInventory } from "../core/inventory/document.ts";
import type { DiskRegion } from "../core/inventory/found/disk-region.ts";
import type { ParentDisk } from "../core/inventory/found/parent-disk.ts";
import { shownName } from "../core/inventory/names.ts";
import { parentDisk } from "../core/inventory/parent-disk.ts";
import type { BakeJob } from "../core/job.ts";
import type { BakeOrder } from "./bake-order.ts";
import { openUnchanged } from "./disk/open-unchanged.ts";
import { readRegions } from "./disk/read-regions.ts";
import { openHeadStart } from "./inventory/head-start.ts";
import type { KnownFiles } from "./inventory/known.ts";
import { readFiles } from "./inventory/read-files.ts";
import type { Threads } from "./inventory/threads.ts";
import { readRemembered, recall } from "./inventory/remembered.ts";

/** A mounted image of which nothing was changed yet. */
export interface Mounted {
  root: string;
  /** Paths in it on which a FAT is, or its copy. */
  fat: readonly string[];
}

/** What came of the comparison. */
export interface Compared {
  parent: ParentDisk;
  /** The files that were read for it, or when it was baked; empty where the bake may change them without a trace. */
  known: KnownFiles;
}

/** Compares the mounted disk with its parent's inventory. Throws InventoryFailed. */
export type Compare = (mounted: Mounted) => Promise<Compared>;

type Parent = NonNullable<BakeJob["parent"]>;

/**
 * Begins to compare the working disk with the inventory of the image that it is a copy of: whoever
 * can write to the state directory could have changed it since. What is outside of its file systems
 * is read before they are mounted, files before the first step. Where commands of the host's come
 * before that, all is read now. Undefined where there is nothing to compare with.
 */
export const beginComparison = async (
  order: BakeOrder,
  { threads, commandsFirst }: { threads: Threads; commandsFirst: boolean },
): Promise<Compare | undefined> => {
  const { parent, disk } = order.job;
  if (parent === undefined) return undefined;
  if (parent.remembered !== undefined) return unwritten(parent.remembered);
  const regions = await readRegions(disk, parent.size);
  const compare = comparison(order, parent, { threads, regions });
  if (!commandsFirst) return compare;
  await using open = await openUnchanged({
    ...{ disk, scratch: join(order.scratch, "parent"), say: () => undefined },
  });
  const compared = { ...(await compare(open)), known: new Map() };
  return async () => compared;
};

/** Where nobody wrote to the disk since it was baked there is nothing to compare. */
const unwritten = (path: string): Compare => {
  const remembered = readRemembered(path); // while the disk is mounted
  remembered.catch(() => undefined); // heard of below
  return async ({ root }) => ({
    parent: { ...asBaked, unwritten: true },
    known: await recall(await remembered, root),
  });
};

const comparison =
  (
    { channel }: BakeOrder,
    { inventory }: Parent,
    { threads, regions }: { threads: Threads; regions: readonly DiskRegion[] },
  ): Compare =>
  ({ root, fat }) =>
    channel.step("Compare the disk with its parent", async (say) => {
      await using headStart = await openHeadStart({ root, threads, isWaitedFor: true });
      const baked = unpackInventory(await readFile(inventory)); // while the threads read
      await headStart.finished;
      const known = await headStart.end();
      const parent = parentDisk(baked, {
        files: await readFiles({ root, threads, fat, known }),
        regions,
      });
      for (const { of, what } of parent.changes.slice(0, mostSaid)) {
        say(`${shownName(of)} is not as it was baked: ${what}`);
      }
      const unsaid = Math.max(0, parent.changes.length - mostSaid) + parent.more;
      if (unsaid > 0) say(`${unsaid} more are not`);
      return { parent, known };
    });

/** Lines for people; the policy's verdict names more. */
const mostSaid = 20;

/** Of a disk that an earlier bake compared: only one that was as it was baked is kept. */
export const asBaked: ParentDisk = { changes: [], more: 0 };

export const isAsBaked = (parent: ParentDisk | undefined): boolean =>
  parent === undefined || parent.changes.length === 0;
