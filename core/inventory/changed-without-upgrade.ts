import type { Inventory } from "../inventory.ts";
import { diffFiles, type FileAspect } from "./diff-files.ts";

/** A file of a package that is another than it was, though the package is the same. */
export interface ChangedFile {
  path: string;
  /** The package's name. */
  package: string;
  /** In what it differs from the origin's; its time and its other names are left out. */
  what: FileAspect[];
  /** Whether the package calls it configuration: it is there to be changed. */
  configuration: boolean;
}

/**
 * Files of packages that a bake changed without another version of the package. Who changes a
 * file and what the image's own database says of it as well is found by this, and by nothing in
 * the image alone. Both inventories are by path.
 */
export const changedWithoutUpgrade = (origin: Inventory, image: Inventory): ChangedFile[] => {
  const [before, after] = [versionsOf(origin), versionsOf(image)];
  const configuration = new Set(
    [origin, image].flatMap(({ owned }) =>
      (owned?.differing ?? []).flatMap((one) => (one.configuration ? [one.path] : [])),
    ),
  );
  return diffFiles(origin.files, image.files).changed.flatMap(({ path, what, from, to }) => {
    const { package: name } = to;
    const aspects = what.filter((aspect) => aspect !== "time" && aspect !== "links");
    if (name === undefined || from.package !== name || aspects.length === 0) return [];
    if (before.get(name) !== after.get(name)) return [];
    return [{ path, package: name, what: aspects, configuration: configuration.has(path) }];
  });
};

/** All versions of each package by its name, as one text. */
const versionsOf = ({ packages }: Inventory): Map<string, string> => {
  const found = new Map<string, string>();
  for (const { kind, name, version, architecture } of packages) {
    found.set(name, `${found.get(name) ?? ""}${kind} ${version} ${architecture}\n`);
  }
  return found;
};
