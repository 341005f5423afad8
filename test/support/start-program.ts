import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface Program extends AsyncDisposable {
  pid: number;
  /** What it said first: one line. */
  said: string;
  /** Kills it as nothing can be refused, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a program of test/support/programs in a process of its own, until it said a line. */
export const startProgram = async (
  name: string,
  parameters: readonly string[],
): Promise<Program> => {
  const program = join(import.meta.dirname, "programs", name);
  const child = spawn(process.execPath, [program, ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [chunk] = (await Promise.race([once(child.stdout, "data"), once(child, "close")])) as [
    Buffer | number | null,
  ];
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const said = String(chunk).split("\n")[0] ?? "";
  return { pid: child.pid ?? 0, said, kill, [Symbol.asyncDispose]: kill };
};
