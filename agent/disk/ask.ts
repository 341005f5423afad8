import { execFile } from "node:child_process";
import { CommandFailed } from "../../core/errors.ts";
import type { Argv } from "../run.ts";

export interface Answer {
  status: number;
  stdout: string;
  stderr: string;
}

/** How programs are asked about a disk: by `ask`, or by what shuts them in first. */
export type Ask = (argv: Argv) => Promise<Answer>;

/** Bytes: a GPT of 128 partitions is 40 kB of JSON; what says more than this is not read. */
const mostOutput = 16 * 1024 ** 2;

/**
 * Runs a program whose standard output is data: what it complains of is kept apart. Its messages
 * are in English whatever the machine speaks, and mtools
 * say nothing of geometries that no firmware has looked at for decades. Throws CommandFailed when it cannot be started.
 */
export const ask = async ([program = "", ...parameters]: Argv, input = ""): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: "C.UTF-8", MTOOLS_SKIP_CHECK: "1" };
    const child = execFile(
      program,
      parameters,
      { env, maxBuffer: mostOutput },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : error.code;
        if (typeof status === "number") return resolve({ status, stdout, stderr });
        const message = `${program} could not be run: ${(error as Error).message}`;
        reject(new CommandFailed(message, { cause: error }));
      },
    );
    child.stdin?.on("error", () => undefined).end(input);
  });

/** As `ask`, of a program that must succeed; what it printed. Throws CommandFailed. */
export const told = async (argv: Argv, input = ""): Promise<string> => {
  const { status, stdout, stderr } = await ask(argv, input);
  if (status === 0) return stdout;
  const lines = lastLines(stderr === "" ? stdout : stderr);
  throw new CommandFailed([`${argv.join(" ")} ended with status ${status}`, ...lines].join("\n"));
};

/** Lines of a program's complaint that are passed on: its last. */
const keptLines = 8;

export const lastLines = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-keptLines);
