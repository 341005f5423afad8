import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { CommandFailed } from "../core/errors.ts";
import { splitLines } from "../core/lines.ts";

/** A program and its arguments; never a line for a shell. */
export type Argv = readonly string[];

export interface RunOptions {
  /** The whole environment; this process's own when absent. */
  env?: Record<string, string>;
  /** Written to its standard input, which is then closed. */
  input?: string;
  /** Seconds; no limit when absent. */
  timeout?: number;
  /** How many of the last lines are kept; 20 when absent. */
  keep?: number;
  /** Whether standard error is passed over: for output that is parsed. */
  deafToErrors?: boolean;
  /** Called for each line of standard output and standard error. */
  onLine?(line: string): void;
}

export interface RunEnd {
  /** The exit status; 128 + the signal's number when a signal ended it. */
  status: number;
  timedOut: boolean;
  /** The last lines of what it printed. */
  tail: string[];
}

/** Characters of a line that are kept; a longer line is cut. */
export const lineLimit = 16 * 1024;

const keptLines = 20;

/** Runs a program to its end and answers for it, whatever its status. */
export const attempt = async (argv: Argv, options: RunOptions = {}): Promise<RunEnd> => {
  const [program = "", ...parameters] = argv;
  const child = spawn(program, parameters, {
    env: options.env,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const tail: string[] = [];
  const onLine = (line: string) => {
    tail.push(line);
    if (tail.length > (options.keep ?? keptLines)) tail.shift();
    options.onLine?.(line);
  };
  if (options.deafToErrors) child.stderr?.resume();
  for (const stream of options.deafToErrors ? [child.stdout] : [child.stdout, child.stderr]) {
    const lines = splitLines(lineLimit, onLine);
    stream?.on("data", lines.write).on("end", lines.end);
  }
  child.stdin?.on("error", () => undefined).end(options.input);
  let timedOut = false;
  const timer =
    options.timeout && setTimeout(() => (timedOut = child.kill("SIGKILL")), options.timeout * 1000);
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return { status: code ?? statusOfSignal(signal), timedOut, tail };
  } catch (error) {
    throw new CommandFailed(`${program} could not be started: ${String(error)}`, { cause: error });
  } finally {
    if (timer) clearTimeout(timer);
  }
};

/** Runs a program that must succeed; answers what it printed last. Throws CommandFailed. */
export const run = async (argv: Argv, options: RunOptions = {}): Promise<string[]> => {
  const { status, timedOut, tail } = await attempt(argv, options);
  if (status === 0) return tail;
  const how = timedOut ? `did not end in ${options.timeout} s` : `ended with status ${status}`;
  throw new CommandFailed([`${argv.join(" ")} ${how}`, ...tail].join("\n"));
};

/** The exit status that shells give a program that a signal ended. */
export const statusOfSignal = (signal: string | null): number =>
  128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0);
