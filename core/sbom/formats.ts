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

const newestIn = ({ files }: Inventory): number =>
  files.reduce((newest, { mtime }) => Math.max(newest, mtime), 0);
