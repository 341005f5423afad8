import * as z from "zod";
import { CorruptDisk, UnsupportedDisk } from "../../core/errors.ts";
import { sector } from "../layout.ts";
import { shown } from "./shown.ts";

/** A partition, in bytes. */
export interface TablePartition {
  number: number;
  start: number;
  size: number;
  /** GPT: a GUID in lower case; MBR: one or two hexadecimal digits in lower case. */
  type: string;
  /** `PARTUUID`, in lower case; an MBR's is `3f72a9b7-01`. */
  uuid: string;
  /** `PARTLABEL`; only a GPT has them. */
  label?: string;
  /** The active partition of an MBR. */
  bootable: boolean;
  /** GPT attributes as sfdisk(8) names them: `RequiredPartition`, `GUID:63`. */
  attributes: readonly string[];
}

export interface PartitionTable {
  kind: "gpt" | "dos" | "none";
  /** In the order of their numbers; an MBR's extended partition is not among them. */
  partitions: readonly TablePartition[];
  /** The MBR's partition that holds the logical ones. */
  extended?: TablePartition;
  /** Bytes from which on a GPT takes no partition, as it says itself: before its backup. */
  usableEnd?: number;
}

const Entry = z.object({
  node: z.string(),
  start: z.int(),
  size: z.int(),
  type: z.string(),
  uuid: z.string().optional(),
  name: z.string().optional(),
  attrs: z.string().optional(),
  bootable: z.boolean().default(false),
});

/** What `sfdisk --json` says of a disk; sizes are in sectors. */
export const SfdiskTable = z.object({
  partitiontable: z.object({
    label: z.string(),
    id: z.string().optional(),
    device: z.string(),
    firstlba: z.int().optional(),
    lastlba: z.int().optional(),
    sectorsize: z.int().optional(),
    partitions: z.array(Entry).default([]),
  }),
});
export type SfdiskTable = z.infer<typeof SfdiskTable>;

export const noTable: PartitionTable = { kind: "none", partitions: [] };

/** MBR types of a partition that holds the logical ones: CHS, LBA, Linux's. */
const extendedTypes = new Set(["5", "f", "85"]);

/** Whether an MBR says no more than that the disk has a GPT, which sfdisk(8) did not find sound. */
export const hasLostGpt = ({ partitiontable: { label, partitions } }: SfdiskTable): boolean =>
  label === "dos" && partitions.some(({ type }) => type.toLowerCase() === "ee");

/** Throws UnsupportedDisk and CorruptDisk; `size` is the disk's, in bytes. */
export const tableOf = ({ partitiontable: table }: SfdiskTable, size: number): PartitionTable => {
  const { label: kind, sectorsize = sector } = table;
  if (sectorsize !== sector) throw new UnsupportedDisk(largeSectors(sectorsize));
  if (kind !== "gpt" && kind !== "dos") {
    throw new UnsupportedDisk(
      `the disk has a partition table of type ${shown(kind)}; a GPT or an MBR would be right`,
    );
  }
  const all = table.partitions.map((entry) => partitionOf(entry, table));
  const partitions = all.filter(({ type }) => kind === "gpt" || !extendedTypes.has(type));
  const extended = all.find((one) => !partitions.includes(one));
  const { firstlba = 1, lastlba } = table;
  const limits = { from: firstlba * sector, to: size };
  refuseNonsense(partitions, limits);
  if (extended !== undefined) refuseNonsense([extended], limits);
  const usableEnd = lastlba === undefined ? undefined : (lastlba + 1) * sector;
  return { kind, partitions, ...(extended && { extended }), ...(usableEnd && { usableEnd }) };
};

export const largeSectors = (size: number): string =>
  `the disk's partition table is made for sectors of ${size} bytes; one for sectors of ${sector} ` +
  "bytes would be right";

const partitionOf = (
  { node, start, size, type, uuid, name, attrs, bootable }: z.infer<typeof Entry>,
  { id = "", device }: SfdiskTable["partitiontable"],
): TablePartition => {
  const number = Number(/\d+$/.exec(node.slice(device.length))?.[0]);
  const serial = `${id.replace(/^0x/, "")}-${number.toString(16).padStart(2, "0")}`;
  return {
    ...{ number, start: start * sector, size: size * sector, type: type.toLowerCase() },
    uuid: (uuid ?? serial).toLowerCase(),
    bootable,
    ...(name !== undefined && { label: name }),
    attributes: attrs?.split(/[ ,]+/) ?? [],
  };
};

const refuseNonsense = (
  partitions: readonly TablePartition[],
  { from, to }: { from: number; to: number },
): void => {
  let before: TablePartition | undefined;
  for (const one of partitions.toSorted((a, b) => a.start - b.start)) {
    const { number, start } = one;
    if (start < from) {
      throw new CorruptDisk(
        `partition ${number} begins in the partition table itself; the table is damaged`,
      );
    }
    if (start + one.size > to) {
      throw new CorruptDisk(
        `partition ${number} ends ${start + one.size - to} bytes behind the disk's end; ` +
          "the disk was cut short, or its partition table is damaged",
      );
    }
    if (before !== undefined && before.start + before.size > start) {
      throw new CorruptDisk(
        `partitions ${before.number} and ${number} overlap; the partition table is damaged`,
      );
    }
    before = one;
  }
};
