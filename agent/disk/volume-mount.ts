import { mounted, type Mounted } from "../mount.ts";

export interface VolumeMount {
  device: string;
  type: string;
  /** Where on the host. */
  target: string;
  /** Path of a Btrfs subvolume from the top of the file system. */
  subvolume?: string;
  readOnly?: boolean;
}

/** Until it is finished the disk is worth nothing, so no write need wait for the one before. */
const quick: Record<string, string[]> = {
  ext4: ["barrier=0", "noauto_da_alloc"],
  btrfs: ["nobarrier"],
};

/** File systems on a disk that may be mounted; anything else is not an image's. */
export const linuxTypes = ["ext2", "ext3", "ext4", "xfs", "btrfs"] as const;
export type LinuxType = (typeof linuxTypes)[number];

export const isLinuxType = (type: string | undefined): type is LinuxType =>
  linuxTypes.some((known) => known === type);

/**
 * Mounts a volume of the image: its device nodes do nothing, and an XFS may be there twice, as the
 * disk of a parent and of its child are at once.
 */
export const mountVolume = (order: VolumeMount): Promise<Mounted> => {
  const { device, type, target, subvolume, readOnly = false } = order;
  const options = [
    ...["noatime", "nodev", readOnly ? "ro" : "rw"],
    ...(type === "xfs" ? ["nouuid"] : []),
    ...(readOnly ? [] : (quick[type] ?? [])),
    ...(subvolume === undefined ? [] : [`subvol=${subvolume}`]),
  ];
  return mounted(target, { source: device, type, options: options.join(",") });
};
