import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

export interface BootedMachine extends AsyncDisposable {
  /** What a program prints in it, with a folder of its own for that of the tests. */
  run(program: string): Promise<string>;
  /** Where its programs are found. */
  env: { PATH: string };
  /** That of the tests. */
  work: string;
  /** A unit failed while it booted. */
  fail(unit: string): Promise<void>;
}

/** A shell of this machine, with the network and the units of one that has booted. */
export const bootedMachine = async (): Promise<BootedMachine> => {
  const folder = await temporaryFolder();
  const bin = join(folder.path, "bin");
  await mkdir(bin);
  const program = async (name: string, text: string) => {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  };
  const line = "2: eth0    inet 10.1.2.3/24 brd 10.1.2.255 scope global eth0";
  await program("ip", `echo '${line}'`);
  const failed = join(folder.path, "failed-unit");
  await program(
    "systemctl",
    `[ "$1" = list-units ] && [ -e ${failed} ] && echo "$(cat ${failed}) loaded failed failed x"`,
  );
  const work = join(folder.path, "work");
  const env = { PATH: `${bin}:${process.env["PATH"]}` };
  return {
    ...{ env, work, fail: (unit) => writeFile(failed, unit) },
    run: (program) =>
      new Promise((resolve, reject) => {
        const call = ["-c", program.replaceAll("/run/ovenbird-tests", work)];
        execFile("/bin/sh", call, { env }, (error, output) =>
          error === null ? resolve(output) : reject(error),
        );
      }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};
