import { Buffer } from "node:buffer";
import { DatabaseProblem, openDatabase } from "./database-file.ts";
import { type HeaderTaker, largestDatabase, largestHeader } from "./rpm-headers.ts";
import { bytesAt } from "./rpm-ndb.ts";

/*
 * A Berkeley DB of the kind "hash", `Packages`, as rpm had until 4.16: src/dbinc/db_page.h of
 * Berkeley DB 5.3. Page 0 describes the others. A page has 26 bytes before the offsets of its
 * items, which are keys and values by turns, and are laid from its end; a value that is too long
 * for it lies on overflow pages, each of which names the next.
 */
const magic = 0x061561;
const at = { magic: 12, version: 16, pageSize: 20, encrypted: 24, last: 32 };
const inPage = { next: 16, count: 20, used: 22, type: 25, items: 26 };
const pageTypes = { unsorted: 2, overflow: 7, sorted: 13 };
const itemTypes = { inline: 1, elsewhere: 3 };

interface Pages {
  descriptor: number;
  swapped: boolean;
  size: number;
  last: number;
  /** Bytes of values that may yet be read: none lies in the file twice. */
  left: number;
}

/** Reads every header; false when there is no such database. Throws DatabaseProblem. */
export const readBdb = async (place: string, take: HeaderTaker): Promise<boolean> => {
  await using file = await openDatabase(place, largestDatabase);
  if (file === undefined) return false;
  const { size } = await file.stat();
  const pages = pagesOf(file.fd, size);
  for (let number = 1; number <= pages.last; number++) {
    const page = pageAt(pages, number);
    if (page === undefined) throw new DatabaseProblem("it is not whole: pages are missing");
    for (const value of valuesIn(pages, page)) take(value);
  }
  return true;
};

const pagesOf = (descriptor: number, left: number): Pages => {
  const top = bytesAt(descriptor, 0, 72);
  const swapped = top?.readUInt32BE(at.magic) === magic;
  if (top === undefined || (!swapped && top.readUInt32LE(at.magic) !== magic)) {
    throw new DatabaseProblem("it does not begin as a hash of Berkeley DB does");
  }
  const number = (from: number) => (swapped ? top.readUInt32BE(from) : top.readUInt32LE(from));
  const [version, size, last] = [number(at.version), number(at.pageSize), number(at.last)];
  if (version < 8 || version > 10 || top[at.encrypted] !== 0) {
    throw new DatabaseProblem(`it is encrypted, or of a version that rpm never had: ${version}`);
  }
  const possible = size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
  if (!possible) throw new DatabaseProblem(`it has pages of ${size} bytes`);
  return { descriptor, swapped, size, last, left };
};

const pageAt = ({ descriptor, size }: Pages, number: number): Buffer | undefined =>
  bytesAt(descriptor, number * size, size);

/** Values of a page, but that of key 0, which is how many packages there ever were. */
function* valuesIn(pages: Pages, page: Buffer): Generator<Buffer | undefined> {
  const type = page[inPage.type];
  if (type !== pageTypes.unsorted && type !== pageTypes.sorted) return;
  const short = (from: number) =>
    pages.swapped ? page.readUInt16BE(from) : page.readUInt16LE(from);
  const count = Math.min(short(inPage.count), (page.length - inPage.items) / 2);
  let end = page.length;
  const items: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    const from = short(inPage.items + 2 * index);
    items.push(page.subarray(from, Math.max(from, end)));
    end = from;
  }
  for (let index = 0; index + 1 < items.length; index += 2) {
    const [key, value] = [items[index], items[index + 1]];
    if (value === undefined || key?.subarray(1).every((byte) => byte === 0) === true) continue;
    yield valueOf(pages, value);
  }
}

const valueOf = (pages: Pages, item: Buffer): Buffer | undefined => {
  if (item[0] === itemTypes.inline) return item.subarray(1);
  if (item[0] !== itemTypes.elsewhere || item.length < 12) return undefined;
  const number = (from: number) =>
    pages.swapped ? item.readUInt32BE(from) : item.readUInt32LE(from);
  const length = number(8);
  pages.left -= length;
  if (pages.left < 0) throw new DatabaseProblem("it is not whole: its values overlap");
  return length > largestHeader ? undefined : overflowing(pages, number(4), length);
};

const overflowing = (pages: Pages, first: number, length: number): Buffer | undefined => {
  const value = Buffer.alloc(length);
  let have = 0;
  for (let next = first; have < length;) {
    const page = next === 0 || next > pages.last ? undefined : pageAt(pages, next);
    if (page?.[inPage.type] !== pageTypes.overflow) return undefined;
    const used = pages.swapped ? page.readUInt16BE(inPage.used) : page.readUInt16LE(inPage.used);
    if (used === 0) return undefined; // or it would lead to itself for ever
    have += page.copy(value, have, inPage.items, inPage.items + used);
    next = pages.swapped ? page.readUInt32BE(inPage.next) : page.readUInt32LE(inPage.next);
  }
  return value;
};
