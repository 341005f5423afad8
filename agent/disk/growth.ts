import { UnsupportedDisk } from "../../core/errors.ts";
import { sector } from "../layout.ts";
import type { PartitionTable, TablePartition } from "./table.ts";
import type { Volume } from "./volume.ts";

const mebibyte = 1024 ** 2;

/** Bytes: the most that an MBR's 32 bits of 512-byte sectors can address. */
const mostOfMbr = 2 ** 32 * sector;

/** Bytes at the end of a disk that partitioning tools leave free for alignment or a backup. */
const margin = 16 * mebibyte;

export interface DiskSize {
  table: PartitionTable;
  /** Bytes. */
  size: number;
  /** Bytes before it was made larger; absent, the table tells. */
  grownFrom?: number;
  /** Whether somebody asked for a larger root; else it grows where it can. */
  mustGrow: boolean;
}

/** How large a volume is to be: what it is, and for the last on the disk, up to the end. */
export const roomOf = ({ table, size }: DiskSize, { partition, ...volume }: Volume): number => {
  if (partition === undefined || behind(table, partition).length > 0) return volume.size;
  // a GPT's backup takes the last 33 sectors
  const end = table.kind === "gpt" ? size - mebibyte : Math.min(size, mostOfMbr - mebibyte);
  const room = Math.floor(end / mebibyte) * mebibyte - partition.start;
  return Math.max(room, volume.size);
};

/** Whether the root is to be made larger. Throws UnsupportedDisk when it must be and cannot. */
export const growsRoot = (disk: DiskSize, root: Volume): boolean => {
  if (!wasGrown(disk)) return false;
  const why = obstacle(disk, root);
  if (why !== undefined && disk.mustGrow) throw blocked(why);
  if (why !== undefined) return false;
  return root.partition === undefined || roomOf(disk, root) > root.size;
};

/** What keeps the root from growing. */
const obstacle = (disk: DiskSize, root: Volume): string | undefined => {
  if (root.mapper !== undefined) return "the root is a logical volume, which does not grow";
  if (root.partition === undefined) return undefined;
  const [other] = behind(disk.table, root.partition);
  if (other !== undefined) {
    return `partition ${other.number} lies behind ${root.title}, which has the root, so it cannot grow`;
  }
  return disk.table.kind === "dos" && disk.size > mostOfMbr
    ? "an MBR cannot address more than 2 TiB, so the root cannot grow beyond it"
    : undefined;
};

const blocked = (why: string): UnsupportedDisk =>
  new UnsupportedDisk(`the disk was made larger, but ${why}; leave root_volume_size out`);

const behind = ({ partitions }: PartitionTable, { start }: TablePartition): TablePartition[] =>
  partitions.filter((one) => one.start > start).toSorted((a, b) => a.start - b.start);

const wasGrown = ({ table, size, grownFrom }: DiskSize): boolean => {
  if (grownFrom !== undefined) return size > grownFrom;
  // a file system that fills its disk stays as it is
  if (table.partitions.length === 0) return true;
  const taken = [...table.partitions, ...(table.extended ? [table.extended] : [])];
  const end = table.usableEnd ?? Math.max(...taken.map(({ start, size }) => start + size));
  return size - end >= margin;
};
