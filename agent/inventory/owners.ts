import type { FileEntry, Inventory } from "../../core/inventory.ts";

/** What the image's package databases say of a file, by its path. */
export interface Owners {
  /** The name of the package that a path belongs to; undefined if none. */
  packageOf(path: string): string | undefined;
  /** Whether a package ships the file at this path with the content that it has. */
  isShipped(path: string): boolean;
}

/** From a tree that was compared with what its packages shipped. */
export const ownersIn = (entries: readonly FileEntry[], owned: Inventory["owned"]): Owners => {
  const packages = new Map(entries.map((entry) => [entry.path, entry.package]));
  const changed = owned?.differing.filter(({ differs }) => differs.includes("content"));
  const changedPaths = new Set(changed?.map(({ path }) => path));
  return {
    packageOf: (path) => packages.get(path),
    isShipped: (path) => packages.get(path) !== undefined && !changedPaths.has(path),
  };
};
