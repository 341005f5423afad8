import type { Inventory } from "../inventory.ts";
import { diffFiles, type FilesDiff } from "./diff-files.ts";
import { diffPackages, type PackagesDiff } from "./diff-packages.ts";

/** What makes two images differ, from the first to the second. */
export interface InventoryDiff {
  packages: PackagesDiff;
  files: FilesDiff;
  size: { from: Inventory["size"]; to: Inventory["size"] };
  /** What is not known of either, so that the rest of this may not be all. */
  unknown: { from: Unknown; to: Unknown };
}

/** Files and package databases that were not read. */
export interface Unknown {
  files: Inventory["unread"];
  databases: Inventory["databases"];
}

/** Compares two inventories. */
export const diffInventories = (from: Inventory, to: Inventory): InventoryDiff => ({
  packages: diffPackages(from.packages, to.packages),
  files: diffFiles(from.files, to.files),
  size: { from: from.size, to: to.size },
  unknown: { from: unknownOf(from), to: unknownOf(to) },
});

const unknownOf = ({ unread, databases }: Inventory): Unknown => ({
  files: unread,
  databases: databases.filter(({ problem }) => problem !== undefined),
});
