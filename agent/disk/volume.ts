import type { Content, Place } from "./content.ts";
import { sector } from "../layout.ts";
import type { PartitionTable, TablePartition } from "./table.ts";

/** A place of the disk that may hold a file system: a partition, the disk itself, a logical volume. */
export interface Volume extends Place {
  partition?: TablePartition;
  /** A logical volume's node, `/dev/mapper/vg-root`, and its names in the group: `vg/root`. */
  mapper?: { node: string; group: string; name: string };
  content?: Content;
}

/** The places to look at: a disk without partitions is one itself. */
export const placesOf = ({ partitions }: PartitionTable, size: number): Volume[] =>
  partitions.length === 0
    ? [{ title: "the disk", start: 0, size }]
    : partitions.map((partition) => ({
        ...{ title: `partition ${partition.number}`, partition },
        ...{ start: partition.start, size: Math.floor(partition.size / sector) * sector },
      }));

/** File systems that a system can be on, and that are looked into for one. */
export const systemTypes = ["ext2", "ext3", "ext4", "xfs", "btrfs"] as const;
export type SystemType = (typeof systemTypes)[number];

export const isSystemType = (type: string | undefined): type is SystemType =>
  (systemTypes as readonly (string | undefined)[]).includes(type);

/** GPT partition types: Discoverable Partitions Specification. */
export const partitionTypes = {
  esp: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
  bootLoader: "bc13c2ff-59e6-4262-a352-b275fd6f7172",
  home: "933ac7e1-2eb4-4f13-b844-0e14e2aef915",
  server: "3b8f8425-20e0-4f3b-907f-1a25a76f98e8",
  biosBoot: "21686148-6449-6e6f-744e-656564454649",
} as const;

/** The types of root partitions: x86-64, and 64-bit ARM. */
export const rootTypes: readonly string[] = [
  "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
  "b921b045-1df0-41c3-af44-4c6f280d3fae",
];

/** What is in a volume, for messages: `partition 2 (ext4)`. */
export const described = ({ title, content }: Volume): string =>
  `${title} (${content?.type ?? "nothing known"})`;
