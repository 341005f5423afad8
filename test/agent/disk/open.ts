import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll } from "vitest";
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
  /** Where its mount points are made; beside it, when absent. */
  folder?: string;
  check?: "full" | "journal";
  grownFrom?: number;
  /** The disk is a FAT, to be copied out and back as where the kernel has none. */
  copy?: boolean;
  /** For bash, with `$ROOT`. */
  commands?: string;
}

export interface Opener {
  ask(order: Order): Promise<Opened | Refused>;
  end(): Promise<void>;
}

const program = join(import.meta.dirname, "program.ts");

/** Starts what opens disks as the agent does, one after the other, in namespaces of its own. */
export const startOpener = (): Opener => {
  const child = spawn(
    "unshare",
    [
      ...["--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
      ...[process.execPath, program],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(order) {
      const folder = await mkdtemp(join(order.folder ?? dirname(order.disk), "scratch-"));
      const whole = { check: "full", mustGrow: true, commands: ":", ...order, folder };
      child.stdin.write(`${JSON.stringify(whole)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error("the program that opens disks ended");
      return JSON.parse(value) as Opened | Refused;
    },
    async end() {
      const ended = once(child, "close");
      child.stdin.end();
      await ended;
    },
  };
};

let shared: Opener | undefined;

/** The test file's own, started when first needed. */
const opener = (): Opener => {
  shared ??= startOpener();
  return shared;
};

afterAll(async () => shared?.end());

export const opened = (answer: Opened | Refused): Opened => {
  if ("error" in answer) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer;
};

/** Opens a disk as the agent does, runs commands in it, and closes it. */
export const open = async (order: Order): Promise<Opened> => opened(await opener().ask(order));

/** Opens a disk that must be refused; how it was. */
export const refusal = async (order: Order): Promise<Refused["error"]> => {
  const answer = await opener().ask(order);
  if ("error" in answer) return answer.error;
  throw new Error(`the disk was opened: ${JSON.stringify(answer)}`);
};
