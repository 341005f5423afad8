import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { InventoryFailed } from "../../core/errors.ts";
import type { DiskRegion } from "../../core/inventory/found/disk-region.ts";
import { run } from "../run.ts";
import { probe } from "./content.ts";
import { readTable } from "./read-table.ts";
import { regionsOf, type Span } from "./regions.ts";
import { sizeOfDisk } from "./size-of-disk.ts";
import { placesOf } from "./volume.ts";

/** Bytes in all: eight EFI system partitions of the usual size. */
const mostBytes = 4 * 1024 ** 3;

/** Read at once; enough to be read ahead, and not too much for a processor's cache. */
const part = 1024 ** 2;

/**
 * Digests what lies outside of a disk's file systems. Nothing of it may be mounted: what is written
 * to a partition's device need not show in the disk's. `bytes` is how much of the disk is looked at,
 * where it was made larger since. Throws UnsupportedDisk, CorruptDisk, InventoryFailed.
 */
export const readRegions = async (disk: string, bytes?: number): Promise<DiskRegion[]> => {
  const size = bytes ?? (await sizeOfDisk(disk));
  await using file = await open(disk, "r");
  // what was read of the disk earlier may be what it was before its partitions were written
  if ((await file.stat()).isBlockDevice()) await run(["blockdev", "--flushbufs", disk]);
  const table = await readTable(disk, size);
  const contents = await Promise.all(placesOf(table, size).map((place) => probe(disk, place)));
  const spans = regionsOf({ table, size, contents });
  const all = spans.reduce((sum, span) => sum + span.size, 0);
  if (all > mostBytes) {
    throw new InventoryFailed(
      `the disk has ${all} bytes to boot from outside of its file systems, more than the ` +
        `${mostBytes} that are digested; fewer or smaller EFI system partitions would be right`,
    );
  }
  const regions: DiskRegion[] = [];
  for (const span of spans) regions.push({ ...span, sha256: await digestOf(file, span) });
  return regions;
};

const digestOf = async (file: FileHandle, { name, offset, size }: Span): Promise<string> => {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.min(part, size));
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(part, size - at), offset + at);
    if (bytesRead === 0)
      throw new InventoryFailed(`the disk ends in its ${name}; it was cut short`);
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest("hex");
};
