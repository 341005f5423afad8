import { Buffer } from "node:buffer";

/**
 * A header as rpm's databases hold it: https://rpm-software-management.github.io/rpm/manual/hregions.html
 * Two counts, of index entries and of bytes of data; then the entries, of four numbers each (tag,
 * type, offset into the data, count); then the data. All numbers are 32 bits, big-endian.
 */
export interface Header {
  /** Of a tag that is a string, or the first of several. */
  text(tag: number): string | undefined;
  number(tag: number): number | undefined;
  /** Strings of an array, `latin1`; none when the tag is not there. */
  texts(tag: number): string[];
  numbers(tag: number): number[];
  bytes(tag: number): Uint8Array | undefined;
  /** What a signature covers; absent when it is not as rpm makes it. */
  signed?: Buffer;
  /** The same header with nothing but what the signature covers. */
  signedOnly(): Header;
}

const types = { char: 1, int8: 2, int16: 3, int32: 4, int64: 5, string: 6, binary: 7, array: 8 };
const internationalised = 9;
const preamble = 8;
const entrySize = 16;

/** HEADERIMMUTABLE: the entry that stands for all that the package had when it was signed. */
const region = 63;

/** What rpm puts before a header that is signed: magic and reserved bytes. */
const magic = Buffer.from("8eade80100000000", "hex");

interface Entry {
  type: number;
  at: number;
  count: number;
}

/** Reads a header's index; undefined when it is none. */
export const headerOf = (data: Uint8Array): Header | undefined => {
  if (data.length < preamble) return undefined;
  const whole = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const count = whole.readUInt32BE(0);
  const start = preamble + count * entrySize;
  return start > whole.length ? undefined : reader(whole, start, count);
};

const reader = (whole: Buffer, start: number, count: number): Header => {
  const entries = entriesOf(whole, start, count);
  const covered = regionOf(whole, start, count);
  const texts = (tag: number) => textsAt(whole, entries.get(tag));
  const numbers = (tag: number) => numbersAt(whole, entries.get(tag));
  return {
    texts,
    numbers,
    text: (tag) => {
      const [first] = textsAt(whole, entries.get(tag), 1);
      return first === undefined ? undefined : Buffer.from(first, "latin1").toString("utf8");
    },
    number: (tag) => numbersAt(whole, entries.get(tag), 1)[0],
    bytes(tag) {
      const entry = entries.get(tag);
      if (entry?.type !== types.binary || entry.at + entry.count > whole.length) return undefined;
      return whole.subarray(entry.at, entry.at + entry.count);
    },
    ...(covered !== undefined && { signed: signedBytes(whole, start, covered) }),
    signedOnly: () =>
      reader(whole.subarray(0, start + (covered?.size ?? 0)), start, covered?.entries ?? 0),
  };
};

const entriesOf = (whole: Buffer, start: number, count: number): Map<number, Entry> => {
  const entries = new Map<number, Entry>();
  for (let at = preamble; at < preamble + count * entrySize; at += entrySize) {
    const tag = whole.readUInt32BE(at);
    if (entries.has(tag)) continue;
    entries.set(tag, {
      type: whole.readUInt32BE(at + 4),
      at: start + whole.readUInt32BE(at + 8),
      count: whole.readUInt32BE(at + 12),
    });
  }
  return entries;
};

interface Region {
  entries: number;
  /** Bytes of data. */
  size: number;
}

/** The region's own entry is the first; its data, the last 16 bytes, count the others backwards. */
const regionOf = (whole: Buffer, start: number, count: number): Region | undefined => {
  if (count === 0 || whole.readUInt32BE(preamble) !== region) return undefined;
  const offset = whole.readUInt32BE(preamble + 8);
  const trailer = start + offset;
  if (trailer + entrySize > whole.length || whole.readUInt32BE(trailer) !== region)
    return undefined;
  const entries = -whole.readInt32BE(trailer + 8) / entrySize;
  if (!Number.isInteger(entries) || entries < 1 || entries > count) return undefined;
  return { entries, size: offset + entrySize };
};

const signedBytes = (whole: Buffer, start: number, { entries, size }: Region): Buffer => {
  const counts = Buffer.alloc(preamble);
  counts.writeUInt32BE(entries, 0);
  counts.writeUInt32BE(size, 4);
  const index = whole.subarray(preamble, preamble + entries * entrySize);
  return Buffer.concat([magic, counts, index, whole.subarray(start, start + size)]);
};

/** Values of one tag: a kernel with all its modules has 10,000 files. */
const mostValues = 500_000;

const textsAt = (whole: Buffer, entry: Entry | undefined, most = mostValues): string[] => {
  if (entry === undefined) return [];
  const { type, count } = entry;
  if (type !== types.string && type !== types.array && type !== internationalised) return [];
  const wanted = Math.min(type === types.string ? 1 : count, most);
  const found: string[] = [];
  for (let { at } = entry; found.length < wanted;) {
    const end = at >= whole.length ? -1 : whole.indexOf(0, at);
    if (end === -1) break;
    found.push(whole.toString("latin1", at, end));
    at = end + 1;
  }
  return found;
};

const sizes = new Map([
  [types.char, 1],
  [types.int8, 1],
  [types.int16, 2],
  [types.int32, 4],
  [types.int64, 8],
]);

const numbersAt = (whole: Buffer, entry: Entry | undefined, most = mostValues): number[] => {
  const size = entry === undefined ? undefined : sizes.get(entry.type);
  if (entry === undefined || size === undefined) return [];
  const fitting = Math.floor((whole.length - entry.at) / size);
  const found: number[] = [];
  for (let index = 0; index < Math.min(entry.count, fitting, most); index++) {
    const at = entry.at + index * size;
    found.push(size === 8 ? Number(whole.readBigUInt64BE(at)) : whole.readUIntBE(at, size));
  }
  return found;
};
