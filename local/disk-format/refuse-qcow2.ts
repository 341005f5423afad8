import { UnusableDisk } from "../../core/errors.ts";
import { assertSize } from "./size.ts";

/** Where fields are, in QEMU's docs/interop/qcow2.txt. All numbers are big-endian. */
const backingFile = { offset: 8, size: 16 };
const diskSize = 24;
const encryption = 32;
const incompatible = 72;

const bit = { corrupt: 2n, dataFile: 4n };

/** Refuses a qcow2 that is not all in its file. Throws UnusableDisk. */
export const refuseQcow2 = (file: string, head: Buffer): void => {
  if (head.length < 104) throw new UnusableDisk(`${file} is cut off: fetch or copy it again`);
  if (head.readBigUInt64BE(backingFile.offset) !== 0n) {
    const name = nameAt(head);
    throw new UnusableDisk(
      `${file} is the difference to another disk${name}: flatten it with \`qemu-img convert -O qcow2\` where that other is`,
    );
  }
  if (head.readUInt32BE(encryption) !== 0) {
    throw new UnusableDisk(`${file} is encrypted: convert it to one that is not`);
  }
  assertSize(file, head.readBigUInt64BE(diskSize)); // QEMU's own words for it are of L1 tables
  if (head.readUInt32BE(4) < 3) return; // version 2 has no feature bits
  const features = head.readBigUInt64BE(incompatible);
  if ((features & bit.dataFile) !== 0n) {
    throw new UnusableDisk(
      `${file} keeps its data in another file: put it in one with \`qemu-img convert -O qcow2\``,
    );
  }
  if ((features & bit.corrupt) !== 0n) {
    throw new UnusableDisk(
      `${file} is marked as corrupt: repair it with \`qemu-img check -r all\`, or fetch it again`,
    );
  }
};

const nameAt = (head: Buffer): string => {
  const from = Number(head.readBigUInt64BE(backingFile.offset));
  const length = head.readUInt32BE(backingFile.size);
  const name = head.subarray(from, from + length).toString("utf8");
  return name === "" ? "" : ` (${name})`;
};
