import { mountOptions } from "../file-system.ts";
import type { FstabEntry } from "./fstab.ts";
import { isSystemType } from "./volume.ts";

/**
 * Options of an image's fstab that are kept: they say which part of a file system is meant or how
 * files in it are to be written, and reach nothing outside of it. All others (`loop`, `x-…`,
 * `helper=`, `context=`, `dev`, …) are the image's business when it boots.
 */
const kept: Record<string, RegExp> = {
  btrfs: /^(?:(?:compress|compress-force)(?:=[a-z]+(?::\d{1,2})?)?|subvolid=\d{1,20})$/,
  vfat: /^(?:(?:umask|fmask|dmask)=[0-7]{1,4}|(?:uid|gid)=\d{1,10}|utf8(?:=[01])?|shortname=[a-z0-9]+|codepage=\d{3,4}|iocharset=[a-z0-9-]+)$/,
};

/** Nothing of an image's is ever a device here, whatever its fstab says. */
const always = "nodev";

/** The `-o` of mount(8) for a file system of the image. */
export const optionsFor = (type: string, entry?: FstabEntry, subvolume?: string): string => {
  const pattern = kept[type];
  const listed = entry?.options.filter((option) => pattern?.test(option)) ?? [];
  // of a subvolume's path and its number, the path is what an image's boot loader has too
  const named = (option: string) => subvolume !== undefined && option.startsWith("subvolid=");
  const wanted = listed.filter((option) => !named(option));
  const fast =
    type === "ext4" || type === "xfs" || type === "btrfs" ? mountOptions[type] : "noatime";
  return [
    always,
    ...(isSystemType(type) || type === "vfat" ? [fast] : []),
    ...(subvolume === undefined ? [] : [`subvol=${subvolume}`]),
    ...wanted,
  ].join(",");
};
