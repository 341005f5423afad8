import { stat } from "node:fs/promises";
import * as z from "zod";
import { UnsupportedDisk } from "../../core/errors.ts";
import { attempt } from "../run.ts";

export interface DiskPartition {
  number: number;
  /** Bytes. */
  start: number;
  size: number;
  /** GPT's type GUID in capitals, or MBR's type in hexadecimal. */
  type: string;
  /** GPT's own, or the MBR disk's identifier with the number: what `PARTUUID=` names. */
  uuid?: string;
  name?: string;
  /** The active partition of an MBR. */
  bootable: boolean;
}

export interface DiskTable {
  /** `none`: one file system on the whole disk. */
  label: "gpt" | "dos" | "none";
  partitions: DiskPartition[];
}

/** What `sfdisk --json` prints, as much of it as is used. */
const Table = z.object({
  partitiontable: z.object({
    label: z.string(),
    id: z.string().optional(),
    sectorsize: z.int(),
    partitions: z
      .array(
        z.object({
          node: z.string(),
          start: z.int(),
          size: z.int(),
          type: z.string(),
          uuid: z.string().optional(),
          name: z.string().optional(),
          bootable: z.boolean().default(false),
        }),
      )
      .default([]),
  }),
});

/** Reads a disk's partition table. Throws UnsupportedDisk. */
export const readTable = async (disk: string): Promise<DiskTable> => {
  const { status, tail } = await attempt(["sfdisk", "--json", disk], {
    ...{ keep: 10_000, deafToErrors: true }, // it says there where GPT's second header should be
  });
  if (status !== 0) return { label: "none", partitions: [] };
  const { partitiontable: table } = Table.parse(JSON.parse(tail.join("\n")));
  if (table.label !== "gpt" && table.label !== "dos") {
    throw new UnsupportedDisk(
      `the disk has a partition table of the kind ${table.label}; GPT and MBR are handled`,
    );
  }
  // the boot sector of a file system on the whole disk ends as an MBR does
  if (table.partitions.length === 0) return { label: "none", partitions: [] };
  const partitions = table.partitions.map(
    ({ node, start, size, type, uuid, name, bootable }): DiskPartition => {
      const number = Number(/[0-9]+$/.exec(node.slice(disk.length))?.[0]);
      return {
        ...{ number, name, bootable },
        ...{ start: start * table.sectorsize, size: size * table.sectorsize },
        type: type.toUpperCase(),
        uuid: table.label === "gpt" ? uuid?.toLowerCase() : mbrUuid(table.id, number),
      };
    },
  );
  const { size } = await stat(disk);
  refuseImpossible(partitions, size);
  return { label: table.label, partitions };
};

/** As the kernel names an MBR's partitions: the disk's identifier and the number, in hexadecimal. */
const mbrUuid = (id: string | undefined, number: number): string | undefined =>
  id === undefined
    ? undefined
    : `${id.replace(/^0x/, "").padStart(8, "0")}-${number.toString(16).padStart(2, "0")}`.toLowerCase();

/** MBR types of a partition that only holds others. */
const containers = new Set(["5", "F", "85"]);

export const isContainer = ({ type }: DiskPartition): boolean => containers.has(type);

const refuseImpossible = (partitions: readonly DiskPartition[], size: number): void => {
  const real = partitions.filter((one) => !isContainer(one)).toSorted((a, b) => a.start - b.start);
  let end = 0;
  for (const partition of real) {
    if (partition.start < end) {
      throw new UnsupportedDisk(`partition ${partition.number} overlaps the one before it`);
    }
    end = partition.start + partition.size;
    if (end > size) {
      throw new UnsupportedDisk(
        `partition ${partition.number} ends at byte ${end}, and the disk has ${size}: the disk was cut off`,
      );
    }
  }
};
