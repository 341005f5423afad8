import { createHash, randomUUID } from "node:crypto";
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
  /** `PARTUUID`. */
  uuid: string;
}

export interface Layout {
  /** Of the partition table. */
  tableUuid: string;
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
 *
 * UUIDs are made from `seed`, which says what is installed: the image's fstab and boot loader have
 * them, and would differ in every bake. Two disks of one seed have the same, as have all copies of
 * any image. Not so with Btrfs: kernels older than 6.7 mix up two that have one UUID, and two bakes
 * may be at work at the same time.
 */
export const layOut = (
  size: number,
  fileSystem: FileSystem,
  architecture: Architecture,
  seed: string,
): Layout => {
  const uuid = (of: string) => seededUuid(`${seed}\0${of}`);
  const biosBoot = {
    ...{ number: 14, name: "bios", type: biosBootType, uuid: uuid("bios") },
    ...{ start: mebibyte, size: 3 * mebibyte },
  };
  const esp = {
    ...{ number: 15, name: "esp", type: espType, uuid: uuid("esp") },
    ...{ start: biosBoot.start + biosBoot.size, size: 124 * mebibyte },
  };
  const start = esp.start + esp.size;
  // the last mebibyte has the backup of the partition table
  const root = {
    ...{ number: 1, name: "root", type: rootType[architecture], uuid: uuid("root") },
    ...{ start, size: size - start - mebibyte },
  };
  const espSerial = uuid("serial").slice(0, 8).toUpperCase();
  const rootUuid = fileSystem === "btrfs" ? randomUUID() : uuid("file system");
  return { tableUuid: uuid("table"), biosBoot, esp, root, rootUuid, espSerial, fileSystem };
};

/** A UUID of version 8, always the same for the same text: RFC 9562, 5.8. */
const seededUuid = (text: string): string => {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map((part) => hex.slice(...part)).join("-");
};

/** What sfdisk(8) reads: one line a partition, sizes in sectors. */
export const sfdiskScript = ({ tableUuid, biosBoot, esp, root }: Layout): string =>
  [
    "label: gpt",
    `label-id: ${tableUuid}`,
    ...[biosBoot, esp, root].map(
      ({ number, name, type, start, size, uuid }) =>
        `${number} : start=${start / sector}, size=${size / sector}, type=${type}, name=${name}, ` +
        `uuid=${uuid}`,
    ),
    "",
  ].join("\n");

/** A FAT's serial as blkid and fstab write it. */
export const fatUuid = (serial: string): string => `${serial.slice(0, 4)}-${serial.slice(4)}`;
