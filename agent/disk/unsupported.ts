import { UnsupportedDisk } from "../../core/errors.ts";
import type { Content, Place } from "./content.ts";

/** What is not handled, by blkid's names for it: what it is, and what would be right. */
const unhandled: readonly [type: RegExp, what: string, right: string][] = [
  [/^crypto_LUKS$/, "is encrypted (LUKS)", "a disk that is not encrypted"],
  [/^BitLocker$/, "is encrypted (BitLocker)", "a disk with Linux on it, not encrypted"],
  [/^linux_raid_member$/, "is a member of a RAID (mdadm)", "a root on a plain partition"],
  [/^isw_raid_member$/, "is a member of a RAID (Intel firmware)", "a disk of its own"],
  [/^ddf_raid_member$/, "is a member of a RAID (DDF firmware)", "a disk of its own"],
  [/_raid_member$/, "is a member of a firmware's RAID", "a disk of its own"],
  [/^zfs_member$/, "is a member of a ZFS pool", "a root on ext4, xfs or btrfs"],
  [/^bcache$/, "is a member of a bcache", "a root on a plain partition"],
  [/^drbd/, "is a member of a DRBD", "a root on a plain partition"],
  [/^stratis$/, "is a member of a Stratis pool", "a root on ext4, xfs or btrfs"],
  [/^LVM1_member$/, "is a volume of LVM 1", "volumes converted to LVM 2"],
  [/^(?:jbd|xfs_external_log)$/, "is another file system's journal", "a journal on its own volume"],
];

/** Types of blkid's usage `raid` that are handled. */
const handled = "LVM2_member";

/** Throws UnsupportedDisk when what is in a place cannot be worked with, nor safely left alone. */
export const refuseUnhandled = ({ title }: Place, content: Content | undefined): void => {
  if (content === undefined || content.type === handled) return;
  const known = unhandled.find(([type]) => type.test(content.type));
  if (known !== undefined) {
    throw new UnsupportedDisk(`${title} ${known[1]}; ${known[2]} would be right`);
  }
  if (content.usage !== "raid" && content.usage !== "crypto") return;
  throw new UnsupportedDisk(
    `${title} is ${content.type}, which is not handled; a root on a plain partition would be right`,
  );
};
