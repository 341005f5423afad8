import { UnusableDisk } from "../../core/errors.ts";

/** Bytes a sector; offsets in the header count in these. */
const sector = 512;

/** The header of a sparse extent; VMware's Virtual Disk Format 1.1, little-endian. */
const capacity = 12;
const descriptor = { offset: 28, size: 36 };

/** QEMU looks for a parent's name in this much after the header (block/vmdk.c, DESC_SIZE). */
const searched = 20 * sector;

const oneFile =
  "make one file of it with `qemu-img convert -O vmdk -o subformat=streamOptimized` where the others are";

/** Refuses a VMDK that is not all in its file. Throws UnusableDisk. */
export const refuseVmdk = (file: string, head: Buffer): void => {
  if (head.toString("latin1", 0, 4) !== "KDMV") {
    throw new UnusableDisk(
      `${file} describes a disk that is in other files${named(head)}: ${oneFile}`,
    );
  }
  if (head.length < 2 * sector)
    throw new UnusableDisk(`${file} is cut off: fetch or copy it again`);
  const embedded = [head.subarray(sector, sector + searched), embeddedDescriptor(head)];
  // QEMU reads the descriptor alone when the header gives no size, and opens what it names
  if (head.readBigUInt64LE(capacity) === 0n) {
    throw new UnusableDisk(`${file} describes a disk that is in other files: ${oneFile}`);
  }
  for (const text of embedded.map((bytes) => bytes.toString("latin1"))) {
    const parent = /parentFileNameHint\s*=\s*"?([^"\n]*)/i.exec(text);
    if (parent !== null) {
      throw new UnusableDisk(
        `${file} is the difference to another disk (${parent[1]}): consolidate its snapshots, or ${oneFile}`,
      );
    }
    const extents = extentsIn(text);
    if (extents.length > 1 || extents.some(({ type }) => type !== "SPARSE")) {
      const names = extents.map(({ name }) => name).join(", ");
      throw new UnusableDisk(
        `${file} describes a disk that is in other files (${names}): ${oneFile}`,
      );
    }
  }
};

const embeddedDescriptor = (head: Buffer): Buffer => {
  const from = Number(head.readBigUInt64LE(descriptor.offset)) * sector;
  return head.subarray(from, from + Number(head.readBigUInt64LE(descriptor.size)) * sector);
};

/** Lines as `RW 8388608 SPARSE "disk.vmdk"`; flat ones have an offset after the name. */
const extentsIn = (text: string): { type: string; name: string }[] =>
  [...text.matchAll(/^[ \t]*(?:RW|RDONLY|NOACCESS)\s+[0-9]+\s+([A-Z]+)(?:\s+"([^"]*)")?/gim)].map(
    ([, type = "", name = ""]) => ({ type: type.toUpperCase(), name }),
  );

const named = (head: Buffer): string => {
  const names = extentsIn(head.toString("latin1"))
    .map(({ name }) => name)
    .filter((name) => name !== "");
  return names.length === 0 ? "" : ` (${names.slice(0, 3).join(", ")})`;
};
