import { probeKvm } from "./kvm.ts";
import { firmwareArguments, hostMachine, processorArguments, throwAwayDisk } from "./qemu.ts";

export interface TerminalBoot {
  firmware: "uefi" | "bios";
  /** MiB. */
  memory: number;
}

/**
 * QEMU's command that boots a disk on this terminal. What the machine writes is thrown away when
 * it ends; it has a network with egress. Ctrl-A X ends it.
 */
export const terminalBootCommand = async (
  disk: string,
  { firmware, memory }: TerminalBoot,
): Promise<string[]> => {
  const machine = hostMachine();
  return [
    machine.program,
    ...machine.arguments,
    ...processorArguments(await probeKvm(), memory),
    ...(firmware === "uefi" ? await firmwareArguments() : []), // SeaBIOS is QEMU's own
    ...throwAwayDisk(disk),
    ...["-nic", "user,model=virtio-net-pci", "-device", "virtio-rng-pci"],
    ...["-nographic", "-no-reboot"],
  ];
};
