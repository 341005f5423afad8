import { posix } from "node:path";
import { UnsupportedDisk } from "../../core/errors.ts";
import { told } from "./ask.ts";
import { type FstabEntry, optionValue } from "./fstab.ts";
import { shown } from "./shown.ts";

/** Subvolumes that are looked into: an image has a handful, and one made to do harm, thousands. */
const most = 64;

/** The top of the file system itself. */
export const top = "/";

/**
 * The subvolumes of a btrfs, mounted at its top, in which a root is looked for: the one that is
 * mounted when none is named; the top; and those at the top, where all distributions have theirs
 * (`@`, `root`, `@rootfs`), while snapshots lie deeper. Paths from the top.
 */
export const rootSubvolumes = async (
  mounted: string,
): Promise<{ path: string; preset: boolean }[]> => {
  const preset = presetOf(await told(["btrfs", "subvolume", "get-default", mounted]));
  const there = pathsOf(await told(["btrfs", "subvolume", "list", mounted]));
  const paths = [preset, top, ...there.filter((path) => !path.includes("/", 1))];
  return [...new Set(paths)].slice(0, most).map((path) => ({ path, preset: path === preset }));
};

/** Reads `ID 256 gen 7 top level 5 path @/.snapshots/1/snapshot`, or `ID 5 (FS_TREE)`. */
export const presetOf = (text: string): string => pathsOf(text)[0] ?? top;

export const pathsOf = (text: string): string[] =>
  [...text.matchAll(/^ID \d+ .*?\bpath (.+)$/gm)].map(([, path = ""]) => `/${path}`);

/** The subvolume that an fstab's line names, as a path from the top. Throws UnsupportedDisk. */
export const subvolumeOf = (entry: FstabEntry): string | undefined => {
  const value = optionValue(entry, "subvol");
  if (value === undefined) return undefined;
  // what mount(8) would take for the end of the option, or for a quotation
  if (/[,"'\\\p{C}]/u.test(value)) {
    throw new UnsupportedDisk(
      `the image's fstab names a subvolume ${shown(value)}; a name of plain characters would be right`,
    );
  }
  return posix.resolve("/", value);
};
