import type { Buffer } from "node:buffer";

/** Reads a part of a file; shorter where it ends. */
export type ReadPart = (from: number, length: number) => Buffer;

/** A stretch of a file, and where in memory it will be. */
export interface Stretch {
  offset: number;
  size: number;
  address: number;
}

export interface Elf {
  isLittle: boolean;
  is64: boolean;
  /** Its sections' names with where they are; none when they were stripped. */
  sections: ReadonlyMap<string, Stretch>;
  /** What is loaded into memory. */
  segments: readonly (Stretch & { isWritable: boolean })[];
}

/** Entries of a table, and bytes of the names: a linker makes less than a hundredth of it. */
const mostEntries = 4096;
const mostNames = 256 * 1024;

/** Reads an ELF file's tables: elf(5). Undefined when it is no such file. */
export const readElf = (read: ReadPart): Elf | undefined => {
  const head = read(0, 64);
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const [is64, isLittle] = [head[4] === 2, head[5] === 1];
  const at = fieldsOf(is64, isLittle);
  const programs = { at: at.word(head, is64 ? 32 : 28), size: is64 ? 56 : 32 };
  const table = { at: at.word(head, is64 ? 40 : 32), size: is64 ? 64 : 40 };
  const [segmentCount, sectionCount, namesIndex] = is64 ? [56, 60, 62] : [44, 48, 50];
  const segments = entriesOf(read, programs, at.half(head, segmentCount)).flatMap((entry) => {
    if (at.quarter(entry, 0) !== loaded) return [];
    const flags = at.quarter(entry, is64 ? 4 : 24);
    return [
      {
        offset: at.word(entry, is64 ? 8 : 4),
        address: at.word(entry, is64 ? 16 : 8),
        size: at.word(entry, is64 ? 32 : 16),
        isWritable: (flags & 2) !== 0,
      },
    ];
  });
  const sections = entriesOf(read, table, at.half(head, sectionCount)).map((entry) => ({
    name: at.quarter(entry, 0),
    address: at.word(entry, is64 ? 16 : 12),
    offset: at.word(entry, is64 ? 24 : 16),
    size: at.word(entry, is64 ? 32 : 20),
  }));
  const names = sections[at.half(head, namesIndex)];
  const text =
    names === undefined ? undefined : read(names.offset, Math.min(names.size, mostNames));
  const named = new Map(sections.map(({ name, ...rest }) => [textAt(text, name), rest]));
  return { isLittle, is64, sections: named, segments };
};

const loaded = 1;

/** Numbers as the file has them; one of eight bytes that no file can hold is as far as possible. */
const fieldsOf = (is64: boolean, isLittle: boolean) => ({
  half: (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
  quarter: (bytes: Buffer, at: number) =>
    isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at),
  word: (bytes: Buffer, at: number) => wordAt(bytes, at, is64, isLittle),
});

/** An address or an offset, of four bytes or of eight. */
export const wordAt = (bytes: Buffer, at: number, is64: boolean, isLittle: boolean): number => {
  if (!is64) return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  const wide = isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
  return wide > BigInt(Number.MAX_SAFE_INTEGER) / 2n ? Number.MAX_SAFE_INTEGER / 2 : Number(wide);
};

const entriesOf = (
  read: ReadPart,
  { at, size }: { at: number; size: number },
  count: number,
): Buffer[] => {
  const bytes = count > mostEntries || at === 0 ? undefined : read(at, count * size);
  const whole = bytes === undefined ? 0 : Math.floor(bytes.length / size);
  return Array.from({ length: whole }, (_, index) =>
    (bytes as Buffer).subarray(index * size, (index + 1) * size),
  );
};

const textAt = (bytes: Buffer | undefined, at: number): string => {
  if (bytes === undefined || at >= bytes.length) return "";
  const end = bytes.indexOf(0, at);
  return bytes.toString("latin1", at, Math.min(end === -1 ? bytes.length : end, at + 100));
};
