import { randomUUID } from "node:crypto";
import type { Architecture } from "../core/job.ts";
import type { FileSystem } from "../core/origin.ts";

const mebibyte = 1024 ** 2;

/** Bytes of a sector, in the partition table and for boot loaders. */
export const sector = 512;

export interface Partition {
  number: number;
  name: string;
  /** GPT partition type. */
  type: string;
  /** Bytes. */
  start: number;
  size: number;
}

export interface Layout {
  biosBoot: Partition;
  esp: Partition;
  root: Partition;
  rootUuid: string;
  /** Eight hexadecimal digits. */
  espSerial: string;
  fileSystem: FileSystem;
}

/** Discoverable Partitions Specification, https://uapi-group.org/specifications/specs/discoverable_partitions_specification/ */
const rootType: Record<Architecture, string> = {
  x86_64: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
  arm64: "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
};
const espType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
/** Where GRUB keeps the part of itself that does not fit in the first sector. */
const biosBootType = "21686148-6449-6E6F-744E-656564454649";

/**
 * The layout of EC2's own Debian and Ubuntu images: the root partition is number 1 and last on
 * the disk, so that growpart can grow it at first boot; what boots it comes before it.
 */
export const layOut = (
  size: number,
  fileSystem: FileSystem,
  architecture: Architecture,
): Layout => {
  const biosBoot = {
    ...{ number: 14, name: "bios", type: biosBootType },
    ...{ start: mebibyte, size: 3 * mebibyte },
  };
  const esp = {
    ...{ number: 15, name: "esp", type: espType },
    ...{ start: biosBoot.start + biosBoot.size, size: 124 * mebibyte },
  };
  const start = esp.start + esp.size;
  // the last mebibyte has the backup of the partition table
  const root = {
    ...{ number: 1, name: "root", type: rootType[architecture] },
    ...{ start, size: size - start - mebibyte },
  };
  const espSerial = randomUUID().slice(0, 8).toUpperCase();
  return { biosBoot, esp, root, rootUuid: randomUUID(), espSerial, fileSystem };
};

/** What sfdisk(8) reads: one line a partition, sizes in sectors. */
export const sfdiskScript = ({ biosBoot, esp, root }: Layout): string =>
  [
    "label: gpt",
    ...[biosBoot, esp, root].map(
      ({ number, name, type, start, size }) =>
        `${number} : start=${start / sector}, size=${size / sector}, type=${type}, name=${name}`,
    ),
    "",
  ].join("\n");

/** A FAT's serial as blkid and fstab write it. */
export const fatUuid = (serial: string): string => `${serial.slice(0, 4)}-${serial.slice(4)}`;
