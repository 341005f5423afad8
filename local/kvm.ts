import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { firmwareArguments, hostMachine } from "./qemu.ts";

/** Milliseconds. A working KVM has the firmware's first character out in one or two seconds. */
const patience = 8000;

/**
 * Whether KVM runs a guest. The device may be there and be of no use, on a machine that is itself
 * virtual: there it can hang, or run a few instructions and fail in the firmware. So the firmware
 * is started, and must get as far as speaking on its serial port.
 */
export const probeKvm = async (): Promise<boolean> => {
  if (!(await deviceIsOpen())) return false;
  const machine = hostMachine();
  const qemu = spawn(
    "setpriv", // a guest that hangs does not outlive us, in whatever way we end
    [
      ...["--pdeathsig", "KILL", "--", machine.program, ...machine.arguments],
      ...["-accel", "kvm", "-cpu", "host", "-m", "256", "-nodefaults", "-display", "none"],
      ...["-no-reboot", "-serial", "stdio", ...(await firmwareArguments())],
    ],
    { stdio: ["ignore", "pipe", "ignore"], timeout: patience, killSignal: "SIGKILL" },
  );
  const spoke = once(qemu.stdout, "data").then(() => true);
  const ended = once(qemu, "close").then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([spoke, ended]);
  } finally {
    qemu.kill("SIGKILL");
    await ended;
  }
};

const deviceIsOpen = (): Promise<boolean> =>
  access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
