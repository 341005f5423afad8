import { readFile } from "node:fs/promises";
import { findCommand } from "../../local/requirements/search-path.ts";

/** Offsets in a 64-bit ELF file: https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html */
const programHeaders = 0x20;
const entrySize = 0x36;
const entryCount = 0x38;
/** The type of the entry that names the dynamic linker. */
const interpreter = 3;

/** The path of a BusyBox that needs no library; undefined when this machine has none. */
export const staticBusybox = async (): Promise<string | undefined> => {
  const path = findCommand("busybox");
  return path !== undefined && isStatic(await readFile(path)) ? path : undefined;
};

const isStatic = (elf: Buffer): boolean => {
  const start = Number(elf.readBigUInt64LE(programHeaders));
  const size = elf.readUInt16LE(entrySize);
  return Array.from({ length: elf.readUInt16LE(entryCount) }).every(
    (_, index) => elf.readUInt32LE(start + index * size) !== interpreter,
  );
};
