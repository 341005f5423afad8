import { UnusableDisk } from "../../core/errors.ts";

const sector = 512;

/**
 * Refuses a raw disk that is cut off, as far as its size and its partition table tell. `size` is
 * the file's, in bytes. Throws UnusableDisk.
 */
export const refuseRaw = (file: string, head: Buffer, size: number): void => {
  if (size % sector !== 0) {
    throw new UnusableDisk(
      `${file} is ${size} bytes long, and a disk is a multiple of 512: it is cut off, or no disk's file`,
    );
  }
  const end = gptEnd(head) ?? mbrEnd(head) ?? 0n;
  if (end > BigInt(size)) {
    throw new UnusableDisk(
      `${file} is ${size} bytes long, and by its partition table the disk has ${end}: it is cut off, fetch or copy it again`,
    );
  }
};

/** Bytes up to the end of the second header, which is a GPT disk's last sector. */
const gptEnd = (head: Buffer): bigint | undefined => {
  for (const sectorSize of [512, 4096]) {
    const header = head.subarray(sectorSize, sectorSize + 92);
    if (header.length === 92 && header.toString("latin1", 0, 8) === "EFI PART") {
      return (header.readBigUInt64LE(32) + 1n) * BigInt(sectorSize);
    }
  }
  return undefined;
};

/** Bytes up to the end of the last partition of an MBR; undefined when it is none. */
const mbrEnd = (head: Buffer): bigint | undefined => {
  if (head.length < sector || head.readUInt16LE(510) !== 0xaa55) return undefined;
  const entries = [446, 462, 478, 494].map((at) => head.subarray(at, at + 16));
  // code is where the entries are in the boot sector of a file system on a whole disk
  if (entries.some((entry) => entry[0] !== 0 && entry[0] !== 0x80)) return undefined;
  const ends = entries
    .filter((entry) => entry[4] !== 0 && entry[4] !== 0xee)
    .map((entry) => BigInt(entry.readUInt32LE(8)) + BigInt(entry.readUInt32LE(12)));
  return ends.reduce((one, other) => (one > other ? one : other), 0n) * BigInt(sector);
};
