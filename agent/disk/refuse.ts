import { UnsupportedDisk } from "../../core/errors.ts";
import { type Volume, volumeName } from "./probe.ts";

/** What is known and not handled: what it is, and what would be right. */
const unsupported: Record<string, string> = {
  crypto_LUKS: "is encrypted by LUKS; start from a disk that is not, and let the cloud encrypt it",
  BitLocker: "is encrypted by BitLocker; Windows images are not handled",
  LVM2_member: "belongs to LVM; start from a disk with plain partitions",
  linux_raid_member: "belongs to a Linux software RAID; start from a disk that stands alone",
  ddf_raid_member: "belongs to a RAID; start from a disk that stands alone",
  isw_raid_member: "belongs to a RAID; start from a disk that stands alone",
  zfs_member: "belongs to a ZFS pool; ext4, XFS and Btrfs are handled",
  bcache: "is behind a bcache; start from a disk that stands alone",
  bcachefs: "has bcachefs; ext4, XFS and Btrfs are handled",
  ntfs: "has NTFS; Windows images are not handled",
  apfs: "has APFS; macOS images are not handled",
};

/** Names what keeps a disk from being handled, before anything is written to it. */
export const refuseUnsupported = (volumes: readonly Volume[]): void => {
  for (const volume of volumes) {
    const why = volume.type === undefined ? undefined : unsupported[volume.type];
    if (why !== undefined) throw new UnsupportedDisk(`${volumeName(volume)} ${why}`);
  }
};
