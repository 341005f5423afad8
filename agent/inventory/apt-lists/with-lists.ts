import type { Inventory, Package } from "../../../core/inventory.ts";
import type { PackageOrigins } from "../../../core/inventory/found/package-list.ts";
import { originKey } from "./read.ts";

/**
 * The same packages, those of dpkg with the repository that they were noted to be from, and the
 * lists that told so, each with how many of the packages are from it.
 */
export const withLists = (
  packages: readonly Package[],
  origins: PackageOrigins | undefined,
): Pick<Inventory, "packages" | "lists"> => {
  if (origins === undefined) return { packages: [...packages] };
  const counts = new Map<string, number>();
  const told = packages.map((one) => {
    const repository = one.kind === "dpkg" ? origins.packages[originKey(one)] : undefined;
    if (repository === undefined) return one;
    counts.set(repository, (counts.get(repository) ?? 0) + 1);
    return { ...one, repository };
  });
  const lists = origins.lists.map((list) => {
    return { ...list, packages: counts.get(list.repository) ?? 0 };
  });
  return { packages: told, lists };
};
