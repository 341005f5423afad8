import { NotReady } from "../core/errors.ts";
import type { Architecture } from "../core/job.ts";
import { findFirmware } from "./requirements/firmware.ts";

/** How QEMU emulates this host's own architecture. */
export interface Machine {
  architecture: Architecture;
  program: string;
  arguments: string[];
  /** Adds a second serial port, joined to `chardev`. */
  secondPort(chardev: string): string[];
  /** Its name in the guest. */
  secondPortName: string;
}

const machines: Record<Architecture, Machine> = {
  x86_64: {
    architecture: "x86_64",
    program: "qemu-system-x86_64",
    arguments: ["-machine", "q35"],
    secondPort: (chardev) => ["-serial", `chardev:${chardev}`],
    secondPortName: "/dev/ttyS1",
  },
  arm64: {
    architecture: "arm64",
    program: "qemu-system-aarch64",
    arguments: ["-machine", "virt"],
    // the `virt` machine has one PL011 (ttyAMA0); a second port is a PCI card
    secondPort: (chardev) => ["-device", `pci-serial,chardev=${chardev}`],
    secondPortName: "/dev/ttyS0",
  },
};

export const hostArchitecture = (): Architecture => (process.arch === "arm64" ? "arm64" : "x86_64");

export const hostMachine = (): Machine => machines[hostArchitecture()];

/** QEMU's arguments for UEFI firmware. Throws NotReady. */
export const firmwareArguments = async (): Promise<string[]> => {
  const code = await findFirmware(hostArchitecture());
  if (code === undefined) throw new NotReady("no UEFI firmware was found; run `ovenbird doctor`");
  if (!code.includes("_CODE")) return ["-bios", code];
  const variables = code.replace("_CODE", "_VARS");
  return [
    ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${code}`],
    ...["-drive", `if=pflash,unit=1,format=raw,snapshot=on,file=${variables}`],
  ];
};

/** Processors and memory of a machine that boots an image. Memory in MiB. */
export const processorArguments = (
  kvm: boolean,
  memory: number,
  processors: 1 | 2 = 2,
): string[] => [
  ...(kvm ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "max"]),
  ...["-smp", String(processors), "-m", String(memory)],
];

/** The image's disk; what the machine writes to it goes to a file that QEMU already deleted. */
export const throwAwayDisk = (path: string): string[] => [
  "-drive",
  `file=${path.replaceAll(",", ",,")},format=raw,if=virtio,snapshot=on`,
];
