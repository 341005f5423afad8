import type { BootMount } from "./mounts.ts";

/** A device's name in the image: one that is there when it boots, too. */
export const deviceOf = ({ uuid, logicalVolume }: BootMount): string =>
  logicalVolume === undefined ? `/dev/disk/by-uuid/${uuid}` : `/dev/mapper/${logicalVolume}`;

/**
 * Names of the image's own file systems that programs look for in /dev: grub-mkconfig writes
 * `root=UUID=` only where there is such a name, and the name of a device otherwise.
 */
export const deviceNames = (mounts: readonly BootMount[]): string[] => {
  const names = mounts.flatMap((mount) => [
    ...(mount.logicalVolume === undefined ? [deviceOf(mount)] : []),
    ...(mount.partition ? [`/dev/disk/by-partuuid/${mount.partition.uuid}`] : []),
  ]);
  return [...new Set(names)]; // Btrfs has many mounts of one
};
