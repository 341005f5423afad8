import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import type { OpenDisk } from "../../../agent/disk/open-disk.ts";

export interface Opened extends Pick<OpenDisk, "fileSystem" | "mounts" | "table"> {
  /** What the commands printed. */
  output: string;
  said: string[];
}

export interface Refused {
  error: { name: string; message: string };
  said: string[];
}

export interface Order {
  disk: string;
  check?: "full" | "journal";
  grownFrom?: number;
  /** For bash, with `$ROOT`. */
  commands?: string;
}

const program = join(import.meta.dirname, "program.ts");

const start = async (order: Order): Promise<Opened | Refused> => {
  const folder = await mkdtemp(join(dirname(order.disk), "scratch-"));
  const child = spawn(
    "unshare",
    [
      ...["--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
      ...[process.execPath, program, folder],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  child.stdin.end(JSON.stringify({ check: "full", commands: ":", ...order }));
  const answer = await text(child.stdout);
  return JSON.parse(answer) as Opened | Refused;
};

/** Opens a disk as the agent does, runs commands in it, and closes it. */
export const open = async (order: Order): Promise<Opened> => {
  const answer = await start(order);
  if ("error" in answer) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer;
};

/** Opens a disk that must be refused; how it was. */
export const refusal = async (order: Order): Promise<Refused["error"]> => {
  const answer = await start(order);
  if ("error" in answer) return answer.error;
  throw new Error(`the disk was opened: ${JSON.stringify(answer)}`);
};
