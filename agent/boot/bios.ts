import { sector } from "../layout.ts";
import { bytesAt } from "./bytes.ts";
import type { PartitionTable } from "./table.ts";
import type { Bootable } from "./uefi.ts";

/** Bytes of the first sector that are code: then come the disk's id and the table. */
const codeEnd = 0x1b8;

/** In GRUB's boot.img: where its core image begins, 64 bits, in sectors. */
const kernelSector = 0x5c;
/** In the first sector of the core image: the last entry of the list of where the rest of it is. */
const blocklist = { start: 0x1f4, length: 0x1fc, segment: 0x1fe };
/** Where that rest is loaded to: GRUB_BOOT_MACHINE_KERNEL_SEG + 0x20 in include/grub/offsets.h. */
const loadSegment = 0x820;

/** Whether a BIOS finds something to start on a disk, and that what it needs. */
export const biosOf = async (disk: string, table: PartitionTable): Promise<Bootable> => {
  const first = await bytesAt(disk, 0, sector);
  if (first === undefined || !isBootSector(first)) {
    return { boots: false, because: "its first sector has no boot code" };
  }
  if (isGrub(first)) return grubOf(disk, first);
  if (table.label === "none") return extlinuxOf(first, "its first sector");
  const partition = table.partitions.find(({ bootable }) => bootable === true);
  if (partition === undefined) {
    const because = "the boot code in its first sector is not GRUB's, and no partition is active";
    return { boots: false, because };
  }
  const boot = await bytesAt(disk, partition.start, sector);
  const what = `the active partition ${partition.number}`;
  if (boot === undefined || !isBootSector(boot)) {
    return { boots: false, because: `${what} has no boot code` };
  }
  return isGrub(boot) ? grubOf(disk, boot) : extlinuxOf(boot, what);
};

const isBootSector = (bytes: Buffer): boolean =>
  bytes.length === sector &&
  bytes.readUInt16LE(510) === 0xaa55 &&
  bytes.subarray(0, codeEnd).some((byte) => byte !== 0);

/** boot.img begins with a jump and has its name among its messages. */
const isGrub = (bytes: Buffer): boolean =>
  bytes[0] === 0xeb && bytes.toString("latin1", 0x170, codeEnd).includes("GRUB ");

const grubOf = async (disk: string, boot: Buffer): Promise<Bootable> => {
  const at = Number(boot.readBigUInt64LE(kernelSector));
  const core = Number.isSafeInteger(at * sector)
    ? await bytesAt(disk, at * sector, sector)
    : undefined;
  if (core?.length === sector && core.readUInt16LE(blocklist.segment) === loadSegment) {
    const start = Number(core.readBigUInt64LE(blocklist.start));
    const length = core.readUInt16LE(blocklist.length);
    const rest = Number.isSafeInteger(start * sector)
      ? await bytesAt(disk, start * sector, sector)
      : undefined;
    if (length > 0 && rest?.some((byte) => byte !== 0)) return { boots: true };
  }
  const because = `its first sector has GRUB's boot code, and sector ${at} not the rest of GRUB`;
  return { boots: false, because };
};

/** SYSLINUX writes its name where DOS had its own: at byte 3 of the partition's first sector. */
const extlinuxOf = (boot: Buffer, what: string): Bootable =>
  /^(?:SYSLINUX|EXTLINUX)/.test(boot.toString("latin1", 3, 11))
    ? { boots: true }
    : { boots: false, because: `${what} has boot code that is neither GRUB's nor SYSLINUX's` };
