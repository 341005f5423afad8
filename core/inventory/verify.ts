import type { Inventory } from "../inventory.ts";
import { diffFiles, type FilesDiff } from "./diff-files.ts";
import type { DiskRegion } from "./found/disk-region.ts";
import { treeDigest } from "./tree-digest.ts";

/** A part of the disk outside of its file systems that is not as it was. */
export interface RegionChange {
  name: string;
  /** Bytes from the disk's beginning. */
  offset: number;
  how: "added" | "removed" | "changed";
}

/** What makes a disk other than the inventory that was taken of it; times alone do not. */
export interface Verification {
  /** Whether all that the inventory tells of is as it says. */
  same: boolean;
  /** Of the file tree. `written` is what the inventory says, `listed` that of the files it lists. */
  digest: { written: string | undefined; listed: string; found: string };
  files: Pick<FilesDiff, "added" | "removed" | "changed">;
  regions: RegionChange[];
  /** What nobody vouches for, as the inventory does not say what it was: a sentence each. */
  unknown: string[];
}

/** Compares a disk, as it was found to be, with an inventory that was taken of it earlier. */
export const verifyInventory = (then: Inventory, now: Inventory): Verification => {
  const { added, removed, changed } = diffFiles(then.files, now.files);
  const listed = treeDigest(then.files);
  const digest = { written: then.digest, listed, found: treeDigest(now.files) };
  const regions = changedRegions(then.regions ?? [], now.regions ?? []);
  const unknown = unknownOf(then);
  const same =
    then.regions !== undefined &&
    then.digest === listed &&
    digest.found === listed &&
    added.length + removed.length + changed.length + regions.length === 0;
  return { same, digest, files: { added, removed, changed }, regions, unknown };
};

/** In what two disks differ outside of their file systems, by place. */
export const changedRegions = (
  then: readonly DiskRegion[],
  now: readonly DiskRegion[],
): RegionChange[] => {
  const [before, after] = [byPlace(then), byPlace(now)];
  const places = [...new Set([...before.keys(), ...after.keys()])];
  return places
    .flatMap((place): RegionChange[] => {
      const [was, is] = [before.get(place), after.get(place)];
      const { name = "", offset = 0 } = is ?? was ?? {};
      if (was === undefined) return [{ name, offset, how: "added" }];
      if (is === undefined) return [{ name, offset, how: "removed" }];
      const isSame =
        was.size === is.size && was.digested === is.digested && was.sha256 === is.sha256;
      return isSame ? [] : [{ name, offset, how: "changed" }];
    })
    .toSorted((one, other) => one.offset - other.offset);
};

const byPlace = (regions: readonly DiskRegion[]): Map<string, DiskRegion> =>
  new Map(regions.map((region) => [`${region.name}@${region.offset}`, region]));

const unknownOf = ({ digest, regions, unread }: Inventory): string[] => [
  ...(digest === undefined ? ["the inventory has no digest of the file tree"] : []),
  ...(regions === undefined ? ["the inventory has no digests of what is outside of files"] : []),
  ...unread.map(({ path }) => `the content of ${path} was not read when the inventory was taken`),
];
