import { Buffer } from "node:buffer";
import type { FileEntry } from "../../core/inventory.ts";
import { nameOf } from "../../core/inventory/names.ts";
import { inside } from "../inside.ts";

/** Where a FAT of the image's disk is mounted. */
export interface FatFolders {
  /** In the image, `latin1`. */
  folders: readonly string[];
  /** Whether an entry of the inventory lies on one. */
  has(path: string): boolean;
  /** Makes an entry the same whoever mounted the FAT, or copied it. */
  liken(entry: FileEntry): void;
}

/**
 * A FAT has neither owners nor rights: what a kernel says of them are options of the mount, and
 * what a copy has is the copier's. So all on it is root's alone, as `umask=0077` would have it.
 * `paths` are the image's, with its links. Throws UnusablePath.
 */
export const fatFolders = async (root: string, paths: readonly string[]): Promise<FatFolders> => {
  const real = await Promise.all(paths.map((path) => inside(root, path)));
  const folders = real.map((path) => Buffer.from(path.slice(root.length)).toString("latin1"));
  const names = folders.map(nameOf);
  const has = (path: string) =>
    names.some((name) => path === name || (path.startsWith(name) && path[name.length] === "/"));
  return {
    ...{ folders, has },
    liken(entry) {
      if (names.length > 0 && has(entry.path))
        Object.assign(entry, { mode: "0700", uid: 0, gid: 0 });
    },
  };
};
