import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { BakeEvent } from "../../core/bake-event.ts";
import { ovenbirdProgram } from "./built.ts";

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the command as a user would, with a mark by which what it leaves running is known. */
export const start = (parameters: readonly string[], env: Record<string, string> = {}) =>
  spawn(process.execPath, [ovenbirdProgram(), ...parameters], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, OVENBIRD_STARTED_AS: parameters.join(" "), ...env },
  });

/** Runs the command to its end. */
export const ovenbird = async (
  parameters: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> => {
  const child = start(parameters, env);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { status: child.exitCode, stdout, stderr };
};

/** The events that `bake --json` printed. */
export const eventsOf = ({ stdout }: Ran): BakeEvent[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => BakeEvent.parse(JSON.parse(line)));
