import { readSync } from "node:fs";
import { Buffer } from "node:buffer";
import { DatabaseProblem, openDatabase } from "./database-file.ts";
import { type HeaderTaker, largestDatabase, largestHeader, mostPackages } from "./rpm-headers.ts";

/*
 * rpm's own format, `Packages.db`, of SUSE: lib/backend/ndb/rpmpkg.c. All numbers are 32 bits,
 * little-endian. A head of 32 bytes, then slots of 16 that fill the first pages: magic, the
 * package's number or 0, the place and the size of its header in blocks of 16 bytes. A header has
 * 16 bytes before it: magic, number, generation, length.
 */
const magics = { database: "RpmP", slot: "Slot", blob: "BlbS" };
const pageSize = 4096;
const block = 16;
const head = 32;

/** Reads every header; false when there is no such database. Throws DatabaseProblem. */
export const readNdb = async (place: string, take: HeaderTaker): Promise<boolean> => {
  await using file = await openDatabase(place, largestDatabase);
  if (file === undefined) return false;
  const { size } = await file.stat();
  const top = bytesAt(file.fd, 0, head);
  if (top?.toString("latin1", 0, 4) !== magics.database || top.readUInt32LE(4) !== 0) {
    throw new DatabaseProblem("it does not begin as rpm's ndb does");
  }
  const slots = bytesAt(file.fd, head, pagesOf(top) * pageSize - head);
  if (slots === undefined) throw new DatabaseProblem("it is not whole: slots are missing");
  let left = size;
  for (const slot of slotsIn(slots)) {
    left -= slot.blocks * block;
    // no two headers share a place, so all of them together are no longer than the file
    if (left < 0) throw new DatabaseProblem("it is not whole: its headers overlap");
    take(headerAt(file.fd, slot));
  }
  return true;
};

const pagesOf = (top: Buffer): number => {
  const pages = top.readUInt32LE(12);
  if (pages > 0 && pages <= (mostPackages * block) / pageSize) return pages;
  throw new DatabaseProblem(`it has ${pages} pages of slots, which is not possible`);
};

interface Slot {
  number: number;
  /** In blocks. */
  at: number;
  blocks: number;
}

function* slotsIn(slots: Buffer): Generator<Slot> {
  for (let at = 0; at + block <= slots.length; at += block) {
    if (slots.toString("latin1", at, at + 4) !== magics.slot) {
      throw new DatabaseProblem("it is not whole: a slot is none");
    }
    const [number, from] = [slots.readUInt32LE(at + 4), slots.readUInt32LE(at + 8)];
    if (number !== 0) yield { number, at: from, blocks: slots.readUInt32LE(at + 12) };
  }
}

const headerAt = (descriptor: number, { number, at, blocks }: Slot): Buffer | undefined => {
  const before = bytesAt(descriptor, at * block, block);
  if (before?.toString("latin1", 0, 4) !== magics.blob) return undefined;
  const length = before.readUInt32LE(12);
  if (before.readUInt32LE(4) !== number || length > largestHeader) return undefined;
  return length > blocks * block ? undefined : bytesAt(descriptor, (at + 1) * block, length);
};

/** Undefined when the file ends before. */
export const bytesAt = (descriptor: number, at: number, length: number): Buffer | undefined => {
  const bytes = Buffer.alloc(length);
  for (let have = 0; have < length;) {
    const got = readSync(descriptor, bytes, have, length - have, at + have);
    if (got === 0) return undefined;
    have += got;
  }
  return bytes;
};
