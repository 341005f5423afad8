import { lstat } from "node:fs/promises";
import { posix } from "node:path";
import { inside } from "../inside.ts";

/** A file system of the image that its boot depends on, mounted where the image has it. */
export interface BootMount {
  /** `/`, `/boot`, `/boot/efi`. */
  path: string;
  /** As blkid calls it: ext4, xfs, btrfs, vfat. */
  type: string;
  /** As blkid writes it. */
  uuid: string;
  label?: string | undefined;
  /** Of btrfs, the subvolume that is mounted: `/@`. */
  subvolume?: string | undefined;
  /** The partition it lies in; undefined for a whole disk and for a logical volume. */
  partition?: { table: "gpt" | "dos"; number: number; uuid: string } | undefined;
  /** The name of a logical volume below /dev/mapper. */
  logicalVolume?: string | undefined;
}

/** The mount that a path of the image lies on. */
export const mountOf = (mounts: readonly BootMount[], path: string): BootMount | undefined =>
  mounts
    .filter((mount) => mount.path === "/" || `${path}/`.startsWith(`${mount.path}/`))
    .toSorted((one, other) => other.path.length - one.path.length)[0];

/**
 * The image's path of a file that a boot loader names by a path on a file system, which it finds
 * by its UUID; undefined where there is no such file, or nothing in it.
 */
export const bootFile = async (
  root: string,
  mounts: readonly BootMount[],
  file: { path: string; uuid?: string | undefined },
): Promise<string | undefined> => {
  const uuid = file.uuid?.toLowerCase();
  const asked = mounts.filter((mount) => uuid === undefined || mount.uuid.toLowerCase() === uuid);
  for (const mount of asked) {
    const path = posix.join(mount.path, withoutSubvolume(mount, file.path));
    const target = await inside(root, path).catch(() => undefined);
    const there = target && (await lstat(target).catch(() => undefined));
    if (there && there.isFile() && there.size > 0) return path;
  }
  return undefined;
};

const withoutSubvolume = ({ subvolume }: BootMount, path: string): string => {
  const prefix = subvolume === undefined ? "/" : posix.join("/", subvolume);
  return prefix !== "/" && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
};
