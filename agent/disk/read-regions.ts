import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { InventoryFailed } from "../../core/errors.ts";
import type { DiskRegion } from "../../core/inventory/found/disk-region.ts";
import { run } from "../run.ts";
import { probe } from "./content.ts";
import { readTable } from "./read-table.ts";
import { isReadWhole, regionsOf, type Span } from "./regions.ts";
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
  const contents = await Promise.all(
    placesOf(table, size).map(async (place) =>
      isReadWhole(place) ? undefined : probe(disk, place),
    ),
  );
  const spans = regionsOf({ table, size, contents });
  const all = spans.reduce((sum, span) => sum + span.size, 0);
  if (all > mostBytes) {
    throw new InventoryFailed(
      `the disk has ${all} bytes to boot from outside of its file systems, more than the ` +
        `${mostBytes} that are digested; fewer or smaller EFI system partitions would be right`,
    );
  }
  const regions: DiskRegion[] = [];
  for (const span of spans) {
    const digested = await lengthOf(file, span);
    const sha256 = await digestOf(file, { ...span, size: digested });
    regions.push({ ...span, digested, sha256 });
  }
  return regions;
};

/**
 * Bytes of a region without the zeros that it ends in. An EFI system partition is nearly empty: to
 * tell that it is costs a tenth of what SHA-256 costs there.
 */
const lengthOf = async (file: FileHandle, span: Span): Promise<number> => {
  const buffers = Array.from({ length: atOnce }, () => Buffer.allocUnsafe(part));
  for (let end = span.size; end > 0; end -= atOnce * part) {
    const lengths = buffers.map((buffer, index) =>
      lengthWithin(file, span, { buffer, end: end - index * part }),
    );
    const length = Math.max(...(await Promise.all(lengths)));
    if (length > 0) return length;
  }
  return 0;
};

/** Parts that are read together: what was never written costs the kernel the most. */
const atOnce = 4;

/** The same of the part that ends there; 0 where it is all zeros. */
const lengthWithin = async (
  file: FileHandle,
  span: Span,
  { buffer, end }: { buffer: Buffer; end: number },
): Promise<number> => {
  if (end <= 0) return 0;
  const start = Math.max(0, end - part);
  const bytes = buffer.subarray(0, end - start);
  await readAll(file, span, bytes, start);
  return bytes.equals(zeros.subarray(0, bytes.length)) ? 0 : start + lastNonZero(bytes) + 1;
};

const zeros = Buffer.alloc(part);

/** Bytes: zeros are compared a page at once, and only the last that has others byte by byte. */
const page = 4096;

const lastNonZero = (bytes: Buffer): number => {
  let end = bytes.length;
  while (end > page && bytes.subarray(end - page, end).equals(zeros.subarray(0, page))) end -= page;
  return bytes.subarray(0, end).findLastIndex((byte) => byte !== 0);
};

const digestOf = async (file: FileHandle, span: Span): Promise<string> => {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.min(part, span.size));
  for (let at = 0; at < span.size; at += part) {
    const bytes = buffer.subarray(0, Math.min(part, span.size - at));
    await readAll(file, span, bytes, at);
    hash.update(bytes);
  }
  return hash.digest("hex");
};

/** Fills the buffer with a region's bytes from there on. */
const readAll = async (
  file: FileHandle,
  { name, offset }: Span,
  bytes: Buffer,
  from: number,
): Promise<void> => {
  for (let have = 0; have < bytes.length;) {
    const place = offset + from + have;
    const { bytesRead } = await file.read(bytes, have, bytes.length - have, place);
    if (bytesRead === 0)
      throw new InventoryFailed(`the disk ends in its ${name}; it was cut short`);
    have += bytesRead;
  }
};
