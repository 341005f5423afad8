import type { FileEntry, Inventory } from "../inventory.ts";
import { diffFiles, type FileChange } from "./diff-files.ts";
import { aspectsText } from "./aspects-text.ts";
import type { DiskRegion } from "./found/disk-region.ts";
import type { ParentChange, ParentDisk } from "./found/parent-disk.ts";
import { changedRegions } from "./verify.ts";

/** Changes that are named: a disk on which all is other than it was would name each of its files. */
const mostChanges = 1000;

/** What of a disk was read before a bake changed anything of it. */
export interface ReadDisk {
  files: readonly FileEntry[];
  regions: readonly DiskRegion[];
}

/** Compares the disk that a bake begins with with the inventory that was taken of it; times alone do not count. */
export const parentDisk = (baked: Inventory, now: ReadDisk): ParentDisk => {
  const { added, removed, changed } = diffFiles(baked.files, now.files);
  const regions = changedRegions(baked.regions ?? [], now.regions);
  const changes = [
    ...regions.map(({ name, how }) => ({ of: name, what: how })),
    ...[
      ...added.map(({ path }) => ({ of: path, what: "added" })),
      ...removed.map(({ path }) => ({ of: path, what: "removed" })),
      ...changed.filter(isKnown).map((change) => ({ of: change.path, what: aspectsText(change) })),
    ].toSorted(byPath),
  ];
  return {
    changes: changes.slice(0, mostChanges),
    more: Math.max(0, changes.length - mostChanges),
  };
};

/** What was too large to read when the parent was baked may be read now, on a larger disk. */
const isKnown = ({ what, from, to }: FileChange): boolean =>
  what.some((aspect) => aspect !== "content" && aspect !== "time") ||
  !(from.type === "file" && to.type === "file" && from.size === to.size) ||
  from.sha256 !== undefined;

const byPath = (one: ParentChange, other: ParentChange): number => (one.of < other.of ? -1 : 1);
