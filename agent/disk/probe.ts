import { UnsupportedDisk } from "../../core/errors.ts";
import { attempt } from "../run.ts";
import type { DiskPartition, DiskTable } from "./table.ts";

/** Something on a disk: a partition's content, or that of the whole disk. */
export interface Volume {
  partition?: DiskPartition;
  /** The kind of table that the partition is in. */
  table?: "gpt" | "dos";
  /** Bytes from the beginning of the disk. */
  start: number;
  size: number;
  /** libblkid's name of the content: `ext4`, `crypto_LUKS`, …; absent when it knows none. */
  type?: string;
  uuid?: string;
  label?: string;
}

/** Looks at each partition, or at the whole disk: by reading, never by a cache. */
export const probeVolumes = async (
  disk: string,
  { label, partitions }: DiskTable,
  size: number,
): Promise<Volume[]> => {
  const places =
    label === "none"
      ? [{ start: 0, size }]
      : partitions.map((partition) => ({
          partition,
          table: label,
          start: partition.start,
          size: partition.size,
        }));
  const volumes: Volume[] = [];
  for (const place of places) volumes.push({ ...place, ...(await probe(disk, place)) });
  return volumes;
};

/** How a volume is called in messages. */
export const volumeName = ({ partition }: Volume): string =>
  partition === undefined ? "the disk" : `partition ${partition.number}`;

/** blkid's statuses: nothing found; several things found at once. */
const nothing = 2;
const ambivalent = 8;

const probe = async (disk: string, place: Omit<Volume, "type" | "uuid" | "label">) => {
  const { status, tail } = await attempt([
    ...["blkid", "--probe", "--output", "udev"],
    ...["--offset", String(place.start), "--size", String(place.size), disk],
  ]);
  if (status === nothing) return {};
  if (status === ambivalent) {
    throw new UnsupportedDisk(
      `${volumeName(place)} has the signs of several file systems at once; remove the old ones with wipefs where the disk comes from`,
    );
  }
  if (status !== 0) {
    throw new UnsupportedDisk([`blkid cannot read ${volumeName(place)}:`, ...tail].join("\n"));
  }
  const found = new Map(tail.map((line) => [line.split("=", 1)[0], line.replace(/^[^=]*=/, "")]));
  return {
    type: found.get("ID_FS_TYPE"),
    uuid: decoded(found.get("ID_FS_UUID_ENC")),
    label: decoded(found.get("ID_FS_LABEL_ENC")),
  };
};

/** blkid writes what is not plain as `\x20`, byte by byte. */
const decoded = (text: string | undefined): string | undefined =>
  text === undefined
    ? undefined
    : Buffer.from(
        text.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
          String.fromCodePoint(Number.parseInt(hex, 16)),
        ),
        text.includes("\\x") ? "latin1" : "utf8",
      ).toString("utf8");
