import type { ImageId } from "../ids.ts";
import type { Inventory } from "../inventory.ts";
import { diffInventories } from "../inventory/diff.ts";
import type { PackagesDiff } from "../inventory/diff-packages.ts";

/** An image of the same recipe that was published before. */
export interface Previous {
  imageId: ImageId;
  /** ISO 8601, when it was registered. */
  created: string;
}

/** In what two images differ, files in numbers. */
export interface Changes {
  packages: PackagesDiff;
  files: Record<"added" | "removed" | "changed" | "touched", number>;
  size: { from: Inventory["size"]; to: Inventory["size"] };
  /** Files and databases that were not read in one of them, so that this may not be all. */
  unread: number;
}

/** What changed since the previous image. */
export type Since =
  | { previous: Previous; changes: Changes }
  /** Of a previous image it cannot be known: a sentence that says why. */
  | { previous: Previous; unknown: string }
  /** There was none. */
  | { first: true };

/** From the first inventory to the second. */
export const changesOf = (from: Inventory, to: Inventory): Changes => {
  const { packages, files, size, unknown } = diffInventories(from, to);
  const { added, removed, changed, touched } = files;
  const sides = [unknown.from, unknown.to];
  return {
    ...{ packages, size },
    files: {
      ...{ added: added.length, removed: removed.length },
      ...{ changed: changed.length, touched: touched.length },
    },
    unread: sides.reduce((sum, one) => sum + one.files.length + one.databases.length, 0),
  };
};
