import { UnsupportedDisk } from "../../core/errors.ts";
import type { FstabEntry } from "./fstab.ts";
import { leftOut, volumeOf } from "./match.ts";
import type { Volume } from "./probe.ts";
import { isLinuxType } from "./volume-mount.ts";

/** A volume to be mounted in the image's root. */
export interface PlannedMount {
  /** Path in the image. */
  path: string;
  volume: Volume;
  type: string;
  subvolume?: string;
}

export interface MountPlan {
  mounts: PlannedMount[];
  /** What a person is told of: entries that are left out. */
  remarks: string[];
}

/** ESP and extended boot loader partition, of the Discoverable Partitions Specification. */
const espType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
const mbrEspType = "EF";

/**
 * What of the image's fstab is mounted beside the root: every entry that names a volume of this
 * disk, those nearer to the root first; an ESP that it does not name, where one is looked for.
 * Throws UnsupportedDisk for one that is not here and that a boot would wait for.
 */
export const planMounts = (fstab: readonly FstabEntry[], volumes: readonly Volume[]): MountPlan => {
  const mounts: PlannedMount[] = [];
  const remarks: string[] = [];
  for (const entry of fstab) {
    const { source, path, options } = entry;
    if (path === "/" || leftOut(entry) === "swap") continue;
    const why = leftOut(entry);
    const volume = why === undefined ? volumeOf(source, volumes) : undefined;
    if (volume !== undefined) mounts.push(planned(entry, volume));
    else if (why !== undefined || options.includes("nofail")) {
      remarks.push(`${path} of the image's fstab is left out: ${why ?? `${source} is not here`}`);
    } else {
      throw new UnsupportedDisk(
        `the image's fstab mounts ${source} on ${path}, and the disk has no such volume; an image has one disk: add nofail where it comes from, or remove the line`,
      );
    }
  }
  const depth = ({ path }: PlannedMount) => path.split("/").filter(Boolean).length;
  return { mounts: mounts.toSorted((a, b) => depth(a) - depth(b)), remarks };
};

const planned = ({ path, options }: FstabEntry, volume: Volume): PlannedMount => {
  const type = volume.type ?? "";
  if (!isLinuxType(type) && type !== "vfat") {
    throw new UnsupportedDisk(
      `the image's fstab mounts ${type || "an unknown file system"} on ${path}; ext4, XFS, Btrfs and FAT are handled`,
    );
  }
  return { path, volume, type, subvolume: type === "btrfs" ? subvolumeIn(options) : undefined };
};

/** The subvolume that options of a mount name. */
export const subvolumeIn = (options: readonly string[]): string | undefined =>
  options.find((option) => option.startsWith("subvol="))?.slice("subvol=".length);

/** The EFI system partition, if the disk has one with a file system. */
export const espOf = (volumes: readonly Volume[]): Volume | undefined =>
  volumes.find(
    ({ partition, type }) =>
      type === "vfat" && (partition?.type === espType || partition?.type === mbrEspType),
  );
