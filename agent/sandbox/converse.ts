import { spawn } from "node:child_process";
import { once } from "node:events";
import { CommandFailed } from "../../core/errors.ts";
import { type Argv, type RunEnd, statusOfSignal } from "../run.ts";

export interface Conversation {
  env: Record<string, string>;
  /** Descriptors of this process: its input, output and complaints. */
  stdio: readonly number[];
}

/** Runs a program that has descriptors of ours as its own, to its end. Throws CommandFailed. */
export const converse = async (argv: Argv, { env, stdio }: Conversation): Promise<RunEnd> => {
  const [program = "", ...parameters] = argv;
  const child = spawn(program, parameters, { env, stdio: [...stdio] });
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return { status: code ?? statusOfSignal(signal), timedOut: false, tail: [] };
  } catch (error) {
    throw new CommandFailed(`${program} could not be started: ${String(error)}`, { cause: error });
  }
};

/**
 * The command on a terminal of its own, by script(1): what runs there can neither read from the
 * terminal that we are on, nor type into it, nor change it; when it has ended, ours is as it was.
 */
export const onOwnTerminal = (argv: Argv): string[] => [
  ...["script", "--quiet", "--return", "--command", `exec ${argv.map(quoted).join(" ")}`],
  "/dev/null",
];

/** A word as a shell reads it. */
const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
