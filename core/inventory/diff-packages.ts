import type { Package, PackageKind } from "../inventory.ts";

export interface PackagesDiff {
  added: Package[];
  removed: Package[];
  /** Those of which each image has one, in another version or state. */
  changed: PackageChange[];
}

export interface PackageChange {
  kind: PackageKind;
  name: string;
  architecture?: string;
  from: Package;
  to: Package;
}

/**
 * Compares lists of packages. Where an image has several versions of one, as rpm has of kernels,
 * none of them became another: they were added or removed.
 */
export const diffPackages = (from: readonly Package[], to: readonly Package[]): PackagesDiff => {
  const [before, after] = [byName(from), byName(to)];
  const diff: PackagesDiff = { added: [], removed: [], changed: [] };
  for (const key of [...new Set([...before.keys(), ...after.keys()])].toSorted()) {
    const removed = without(before.get(key) ?? [], after.get(key) ?? []);
    const added = without(after.get(key) ?? [], before.get(key) ?? []);
    const [old, young] = [removed[0], added[0]];
    if (old && young && isAlone(before, key) && isAlone(after, key)) {
      const { kind, name, architecture } = young;
      const which = architecture === undefined ? { kind, name } : { kind, name, architecture };
      diff.changed.push({ ...which, from: old, to: young });
    } else {
      diff.removed.push(...removed);
      diff.added.push(...added);
    }
  }
  return diff;
};

const byName = (packages: readonly Package[]): Map<string, Package[]> =>
  Map.groupBy(packages, ({ kind, name, architecture }) => `${name}\0${architecture}\0${kind}`);

const isAlone = (packages: Map<string, Package[]>, key: string): boolean =>
  packages.get(key)?.length === 1;

/** Those that are not in the other list in the same version and state. */
const without = (packages: readonly Package[], others: readonly Package[]): Package[] =>
  packages.filter(
    (one) => !others.some(({ version, state }) => version === one.version && state === one.state),
  );
