import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";

/** Bytes written on an empty disk. */
export type Mark = readonly [offset: number, bytes: Buffer];

const bytes = (size: number, ...parts: readonly Mark[]): Buffer => {
  const all = Buffer.alloc(size);
  for (const [offset, part] of parts) part.copy(all, offset);
  return all;
};

const little = (width: number, ...values: readonly number[]): Buffer => {
  const all = Buffer.alloc(width * values.length);
  values.forEach((value, index) => {
    if (width === 8) all.writeBigUInt64LE(BigInt(value), index * width);
    else all.writeUIntLE(value, index * width, width);
  });
  return all;
};

const text = (value: string): Buffer => Buffer.from(value, "latin1");
const hex = (value: string): Buffer => Buffer.from(value, "hex");

/** A label of LVM 2, whose checksum begins from LVM's own number. */
const lvmLabel = (): Buffer => {
  const label = bytes(
    512,
    [0, text("LABELONE")],
    [8, little(8, 1)],
    [20, little(4, 32)],
    [24, text("LVM2 001")],
    [32, text("eoydp1j0e02Ut7EbbAkcOyv8DB47XezC")],
  );
  const state = crc32(label.subarray(20), (0xf597a6cf ^ 0xffffffff) >>> 0);
  label.writeUInt32LE((state ^ 0xffffffff) >>> 0, 16);
  return label;
};

/** What tells each of them, as libblkid looks for it, on a place of that many bytes. */
export const signatures: Record<string, (size: number) => readonly Mark[]> = {
  LUKS: () => [
    [0, text("LUKS\xba\xbe\x00\x01aes")],
    [40, text("xts-plain64")],
    [168, text("d2fd7092-5a1b-444e-a43a-dffff62971bc")],
  ],
  BitLocker: () => [
    [0, text("\xeb\x58\x90-FVE-FS-")],
    [160, hex("3bd66749292ed84a8399f6a339e3d001")],
    [176, little(8, 1024 ** 2)],
    [1024 ** 2, Buffer.concat([text("-FVE-FS-"), little(2, 64, 2)])],
  ],
  mdadm: () => [
    [4096, little(4, 0xa92b4efc, 1, 0, 0)],
    [4096 + 16, Buffer.alloc(16, 0x22)],
    [4096 + 144, little(8, 8)],
    // the sum of all 32-bit words of the superblock: the words above, and four of 0x22222222
    [4096 + 216, little(4, (0xa92b4efc + 1 + 4 * 0x22222222 + 8) % 2 ** 32)],
  ],
  "Intel firmware": (size) => [[size - 1024, text("Intel Raid ISM Cfg Sig. 1.0.00")]],
  "DDF firmware": (size) => [
    [size - 512, hex("de11de11")],
    [size - 512 + 8, text(`Linux-MD${"1".repeat(16)}01.02.00`)],
  ],
  bcache: () => [
    [4096 + 8, little(8, 8)],
    [4096 + 24, hex("c68573f64e1a45ca8265f57f48ba6d81")],
  ],
  LVM: () => [[512, lvmLabel()]],
};

/** Writes bytes into a disk, from an offset on. */
export const writeMarks = async (
  disk: string,
  marks: readonly Mark[],
  start = 0,
): Promise<void> => {
  await using file = await open(disk, "r+");
  for (const [offset, data] of marks) await file.write(data, 0, data.length, start + offset);
};

/** An entry of an MBR. */
export const mbrEntry = (start: number, size: number, type = 0x83): Buffer =>
  Buffer.concat([little(1, 0, 0, 0, 0, type, 0, 0, 0), little(4, start, size)]);

/** A boot sector with up to four partitions. */
export const mbr = (...entries: readonly Buffer[]): Buffer =>
  bytes(512, [440, little(4, 0x1234abcd)], [446, Buffer.concat([...entries])], [510, hex("55aa")]);

/** Changes a GPT's first partitions and makes its checksums right again; sizes in sectors. */
export const forgeGpt = async (
  disk: string,
  extents: readonly { first: number; last: number; name?: Buffer }[],
): Promise<void> => {
  await using file = await open(disk, "r+");
  const header = Buffer.alloc(512);
  await file.read(header, 0, 512, 512);
  const entries = Buffer.alloc(header.readUInt32LE(80) * header.readUInt32LE(84));
  const place = Number(header.readBigUInt64LE(72)) * 512;
  await file.read(entries, 0, entries.length, place);
  extents.forEach(({ first, last, name }, index) => {
    name?.copy(entries, index * 128 + 56, 0, 72);
    entries.writeBigUInt64LE(BigInt(first), index * 128 + 32);
    entries.writeBigUInt64LE(BigInt(last), index * 128 + 40);
  });
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(0, 16);
  header.writeUInt32LE(crc32(header.subarray(0, header.readUInt32LE(12))), 16);
  await file.write(entries, 0, entries.length, place);
  await file.write(header, 0, 512, 512);
};
