import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ovenbirdProgram } from "../support/built.ts";

/** The command as it is shipped, which starts in half the time. */
export const launcher = ovenbirdProgram();

/** The command as it is in the repository. */
export const sourceLauncher = resolve(import.meta.dirname, "../../bin/ovenbird.js");

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, with nothing on its standard input. */
export const runProgram = async (
  [program = "", ...rest]: string[],
  options: Pick<SpawnOptions, "env" | "cwd"> = {},
): Promise<Ended> => {
  const child = spawn(program, rest, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  return ended(child);
};

/** What a child printed and how it ended. */
export const ended = async (child: ChildProcess): Promise<Ended> => {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { status: child.exitCode, signal: child.signalCode, stdout, stderr };
};

/** The command line, run as a user runs it. */
export const ovenbird = (
  args: string[],
  options: Pick<SpawnOptions, "env" | "cwd"> = {},
): Promise<Ended> => runProgram([process.execPath, launcher, ...args], options);

/** The same, in the repository. */
export const ovenbirdOfSource = (
  args: string[],
  options: Pick<SpawnOptions, "env" | "cwd"> = {},
): Promise<Ended> => runProgram([process.execPath, sourceLauncher, ...args], options);

/** The command line run after a shell's preparations, in a mount namespace that ends with it. */
export const ovenbirdAfter = (preparations: string, args: string[]): Promise<Ended> => {
  const namespace = ["unshare", "--mount", "--propagation", "private"];
  const shell = ["sh", "-ec", `${preparations}\nexec "$@"`, "sh"];
  return runProgram([...namespace, ...shell, process.execPath, launcher, ...args]);
};

/** A folder of a test's own, removed when the test leaves its scope. */
export const scratchFolder = async (): Promise<AsyncDisposable & { path: string }> => {
  const path = await mkdtemp(join(tmpdir(), "ovenbird-test-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
};
