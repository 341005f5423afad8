import type { Inventory } from "../inventory.ts";

/** What of an inventory a report shows: all but the files. */
export type Contents = Pick<
  Inventory,
  "digest" | "distribution" | "languagePackages" | "packages" | "regions" | "size"
> & {
  /** Files whose content was not read. */
  unread: number;
  /** Package databases of which not all could be read. */
  databases: Inventory["databases"];
};

/** Lets go of the files, of which there may be many. */
export const contentsOf = (inventory: Inventory): Contents => {
  const { digest, distribution, languagePackages, packages, regions, size } = inventory;
  return {
    ...{ digest, distribution, languagePackages, packages, regions, size },
    unread: inventory.unread.length,
    databases: inventory.databases.filter(({ problem }) => problem !== undefined),
  };
};
