import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { firmwareArguments, hostMachine } from "./qemu.ts";

/** Milliseconds. A working KVM has the firmware's first character out in one or two seconds. */
const usualPatience = 8000;

/**
 * Whether KVM runs a guest. The device may be there and be of no use, on a machine that is itself
 * virtual: there it can hang, or run a few instructions and fail in the firmware. So the firmware
 * is started, and must get as far as speaking on its serial port.
 */
export const probeKvm = async (
  memory = usualMemory,
  patience = usualPatience,
): Promise<boolean> => {
  if (!(await deviceIsOpen())) return false;
  const known = await remembered(memory);
  if (known !== undefined) return known;
  const runs = await tried(patience);
  await remember(memory, runs);
  return runs;
};

/**
 * A probe that hangs takes its whole time, so its outcome is remembered: on a tmpfs, for the next
 * boot may be of another kernel, and not for long, for this machine may have been busy.
 */
const usualMemory = "/run/ovenbird/kvm";

/** Milliseconds: an hour. */
const memoryLasts = 3600 * 1000;

const remembered = async (memory: string): Promise<boolean | undefined> => {
  const there = await stat(memory).catch(() => undefined);
  if (there === undefined || Date.now() - there.mtimeMs > memoryLasts) return undefined;
  const text = await readFile(memory, "utf8").catch(() => "");
  return text === "runs" ? true : text === "fails" ? false : undefined;
};

/** Only root can; for others it is as slow each time. */
const remember = async (memory: string, runs: boolean): Promise<void> => {
  try {
    await mkdir(dirname(memory), { recursive: true });
    await writeFile(memory, runs ? "runs" : "fails");
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
};

const isRefused = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["EACCES", "EROFS"].includes(String(error.code));

const tried = async (patience: number): Promise<boolean> => {
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
