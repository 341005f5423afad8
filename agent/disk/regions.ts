import type { Content } from "./content.ts";
import type { PartitionTable } from "./table.ts";
import { partitionTypes, type Volume } from "./volume.ts";

/** A part of a disk that is digested. */
export interface Span {
  name: string;
  /** Bytes. */
  offset: number;
  size: number;
}

/** What of a disk no file system's files tell. */
export interface DiskPlan {
  table: PartitionTable;
  /** Bytes. */
  size: number;
  /**
   * What is in each partition, in the table's order; of a disk without any, in the disk. Where it
   * is read whole, what is in it changes nothing.
   */
  contents: readonly (Content | undefined)[];
}

const kibibyte = 1024;
const mebibyte = 1024 ** 2;

/** A boot loader in a gap has what was left before old partitions: 31.5 KiB, or 1 MiB. */
const mostOfGap = 16 * mebibyte;

/** 124 MiB here, half a GiB where kernels lie on it. */
const mostOfBoot = 1024 * mebibyte;

/** Of what is mounted by nobody, LVM's metadata for one. */
const mostOfUnknown = mebibyte;

/** The signature, and the UUID by which an fstab finds it: its first page. */
const swapHeader = 4 * kibibyte;

/** Where a file system begins, and a boot loader may lie before it; XFS begins at once. */
const before: Record<string, number> = {
  ...{ ext2: kibibyte, ext3: kibibyte, ext4: kibibyte, xfs: 0, btrfs: 64 * kibibyte },
};

/** Partitions that firmware or a boot loader reads whole: GPT types, and those of an MBR. */
const bootTypes: Record<string, string> = {
  ...{ [partitionTypes.esp]: "esp", ef: "esp" },
  [partitionTypes.biosBoot]: "bios-boot",
  "9e1a2d38-c612-4316-aa26-8b49521e5a8b": "prep-boot",
  "41": "prep-boot",
};

/** Whether a partition is digested from its beginning to its end, whatever is in it. */
export const isReadWhole = ({ partition }: Volume): boolean =>
  partition !== undefined && bootTypes[partition.type] !== undefined;

const sector = 512;

/** GPT's protective MBR, its header, and 128 entries of 128 bytes: UEFI specification, 5.3. */
const gptEnd = 34 * sector;

/**
 * The parts of a disk that lie outside of its file systems, and from which it may boot: docs/
 * integrity.md says which and why. In their order, and none of them overlap.
 */
export const regionsOf = (plan: DiskPlan): Span[] => {
  const { table, size } = plan;
  if (table.partitions.length === 0) return beforeFileSystem("boot-sector", 0, plan);
  const spans = [
    { name: "boot-sector", offset: 0, size: sector },
    ...gaps(plan),
    ...table.partitions.flatMap((_, index) => inPartition(index, plan)),
  ];
  return spans
    .map((span) => ({ ...span, size: Math.min(span.size, size - span.offset) }))
    .filter((span) => span.size > 0)
    .toSorted((one, other) => one.offset - other.offset);
};

const beforeFileSystem = (name: string, offset: number, plan: DiskPlan, index = 0): Span[] => {
  const type = plan.contents[index]?.type ?? "";
  const size = before[type] ?? mostOfUnknown;
  return size === 0 ? [] : [{ name, offset, size: Math.min(size, plan.size) }];
};

const inPartition = (index: number, plan: DiskPlan): Span[] => {
  const partition = plan.table.partitions[index];
  if (partition === undefined) return [];
  const { type, start: offset, size, number } = partition;
  const boot = bootTypes[type];
  if (boot !== undefined) return [{ name: boot, offset, size: Math.min(size, mostOfBoot) }];
  if (plan.contents[index]?.type === "swap") return [{ name: "swap", offset, size: swapHeader }];
  const spans = beforeFileSystem(`partition-${number}`, offset, plan, index);
  return spans.map((span) => ({ ...span, size: Math.min(span.size, size) }));
};

/** What no partition has; of a GPT its two tables apart, as they change when it grows. */
const gaps = ({ table, size }: DiskPlan): Span[] => {
  const isGpt = table.kind === "gpt";
  const spans: Span[] = [];
  const add = (name: string, from: number, to: number, most = mostOfGap) => {
    if (to > from) spans.push({ name, offset: from, size: Math.min(to - from, most) });
  };
  const ordered = table.partitions.toSorted((one, other) => one.start - other.start);
  const first = ordered[0]?.start ?? size;
  const tableEnd = isGpt ? Math.min(gptEnd, first) : sector;
  add("gpt", sector, tableEnd);
  let at = tableEnd;
  for (const { start, size: length } of ordered) {
    add("gap", at, start);
    at = start + length;
  }
  const end = (isGpt && table.usableEnd) || size;
  add("gap", at, Math.max(at, end));
  if (isGpt) add("gpt-backup", Math.max(at, end), size);
  return spans;
};
