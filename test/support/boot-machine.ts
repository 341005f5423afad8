import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  firmwareArguments,
  hostMachine,
  processorArguments,
  throwAwayDisk,
} from "../../local/qemu.ts";

const run = promisify(execFile);

/** Milliseconds: emulated, on a busy machine. */
const patience = 600_000;

/** What a disk's `says.service` said when it was booted: the kernel's release, its command line. */
export interface Said {
  release: string;
  commandLine: string;
}

/** Boots a disk by its own means in an emulated machine, and reads what it says on the console. */
export const bootDisk = async (disk: string, firmware: "UEFI" | "BIOS"): Promise<Said> => {
  const { program, arguments: machine } = hostMachine();
  const { stdout } = await run(
    program,
    [
      ...machine,
      ...processorArguments(false, 1024),
      ...(firmware === "UEFI" ? await firmwareArguments() : []),
      ...throwAwayDisk(disk),
      ...["-nic", "none", "-display", "none", "-monitor", "none", "-no-reboot", "-serial", "stdio"],
    ],
    { timeout: patience, maxBuffer: 64 * 1024 ** 2, killSignal: "SIGKILL" },
  ).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }));
  const [, release, commandLine] = /RUNS (\S+) WITH (.*?)\s*END/.exec(stdout) ?? [];
  if (release !== undefined && commandLine !== undefined) return { release, commandLine };
  throw new Error(`${disk} did not boot by ${firmware}:\n${stdout.slice(-3000)}`);
};
