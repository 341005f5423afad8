import type { Architecture } from "../../core/job.ts";
import { bytesAt } from "./bytes.ts";

/** `e_machine` of ELF: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const elfMachines = new Map<number, Architecture>([
  [62, "x86_64"],
  [183, "arm64"],
]);

/** `Machine` of PE: https://learn.microsoft.com/windows/win32/debug/pe-format#machine-types */
const peMachines = new Map<number, Architecture>([
  [0x8664, "x86_64"],
  [0xaa64, "arm64"],
]);

/** What the start of a program of Linux or UEFI says of itself. */
export interface MachineCode {
  format: "ELF" | "PE";
  /** As the format counts machines. */
  machine: number;
  /** Undefined for a machine that we do not know. */
  architecture?: Architecture | undefined;
}

/** Reads the headers of a program at a path of the host; undefined for any other file. */
export const machineCodeOf = async (path: string): Promise<MachineCode | undefined> => {
  const start = await bytesAt(path, 0, 64);
  if (start === undefined || start.length < 64) return undefined;
  if (start.toString("latin1", 0, 4) === "\x7fELF") return elf(start);
  return start.toString("latin1", 0, 2) === "MZ" ? pe(path, start.readUInt32LE(0x3c)) : undefined;
};

/** EI_DATA is the byte 5: 2 stands for the most significant byte first. */
const elf = (start: Buffer): MachineCode => {
  const machine = start[5] === 2 ? start.readUInt16BE(18) : start.readUInt16LE(18);
  return { format: "ELF", machine, architecture: elfMachines.get(machine) };
};

/** Of a PE, its subsystem must be that of UEFI's applications, or firmware does not start it. */
const pe = async (path: string, offset: number): Promise<MachineCode | undefined> => {
  const header = await bytesAt(path, offset, 24 + 70);
  if (header === undefined || header.length < 24 + 70) return undefined;
  const isApplication = header.readUInt16LE(24 + 68) === 10;
  if (header.toString("latin1", 0, 4) !== "PE\0\0" || !isApplication) return undefined;
  const machine = header.readUInt16LE(4);
  return { format: "PE", machine, architecture: peMachines.get(machine) };
};
