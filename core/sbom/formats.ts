import type { Inventory } from "../inventory.ts";
import { cycloneDxText } from "./cyclonedx.ts";
import type { SoftwareList } from "./software.ts";
import { spdxText } from "./spdx.ts";

export const sbomFormats = ["cyclonedx", "spdx"] as const;
export type SbomFormat = (typeof sbomFormats)[number];

/** An image's software bill of materials: the same bytes for the same inventory and name. */
export const sbomText = (inventory: Inventory, name: string, format: SbomFormat): string => {
  const { distribution, packages, languagePackages = [] } = inventory;
  const list: SoftwareList = { name, distribution, packages: [...packages, ...languagePackages] };
  return format === "spdx" ? spdxText(list, newestIn(inventory)) : cycloneDxText(list);
};

/**
 * The newest regular file's time. The root of a FAT has none, and mtools make one up; and a file
 * system may have times that no date can say.
 */
const newestIn = ({ files }: Inventory): number =>
  files.reduce(
    (newest, { type, mtime }) =>
      type === "file" && mtime <= latest ? Math.max(newest, mtime) : newest,
    0,
  );

/** The last second of the year 9999, the last that SPDX's form of a time has. */
const latest = 253_402_300_799;
