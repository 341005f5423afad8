import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { SandboxOptions } from "../../agent/sandbox.ts";
import { makeSmallImage } from "./small-image.ts";
import { type Call, systemCalls } from "./system-calls.ts";

export interface Ended {
  status: number;
  output: string;
  /** Name and message of what the sandbox threw. */
  error?: string;
}

export interface OpenImage extends AsyncDisposable {
  root: string;
  /** What the sandbox says this machine cannot limit. */
  remarks: string[];
  run(argv: readonly string[], options?: SandboxOptions): Promise<Ended>;
  /** Runs commands by the image's shell; answers what they print. */
  sh(script: string): Promise<string>;
  /** Makes system calls; answers 0, or the number of the first error. */
  call(...calls: Call[]): Promise<number>;
}

export interface ImageOrder {
  folder: string;
  cmdline?: string;
  deviceNames?: string[];
  /** Put before the program that has the sandbox. */
  before?: readonly string[];
  /** Changes the image before anything runs in it. */
  prepare?(root: string): Promise<unknown>;
}

const program = join(import.meta.dirname, "programs/run-in-image.ts");
const ownNamespaces = [
  "unshare",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child=KILL",
  "--mount-proc",
];

/** A small image with a sandbox that stays open: many programs in the time of one bake. */
export const openImage = async (order: ImageOrder): Promise<OpenImage> => {
  const { folder, cmdline = "", deviceNames = [], before = [] } = order;
  const [root, scratch] = [join(folder, "image"), join(folder, "scratch")];
  await makeSmallImage(root);
  await mkdir(scratch);
  await order.prepare?.(root);
  const argv = [
    ...ownNamespaces,
    ...before,
    process.execPath,
    program,
    root,
    scratch,
    cmdline,
    ...deviceNames,
  ];
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the program that has the sandbox ended");
    return JSON.parse(value) as Record<string, unknown>;
  };
  const { remarks } = (await answer()) as { remarks: string[] };
  const run: OpenImage["run"] = async (words, options = {}) => {
    child.stdin.write(`${JSON.stringify([words, options])}\n`);
    const { status, tail, error, message } = (await answer()) as Record<string, string> & {
      status: number;
      tail?: string[];
    };
    if (error !== undefined) return { status: -1, output: "", error: `${error}: ${message}` };
    return { status, output: tail?.join("\n") ?? "" };
  };
  let programs = 0;
  return {
    ...{ root, remarks, run },
    async sh(script) {
      const { output, error } = await run(["/bin/sh", "-c", script]);
      if (error !== undefined) throw new Error(error);
      return output;
    },
    async call(...calls) {
      const path = `/bin/calls-${++programs}`;
      await writeFile(join(root, path), systemCalls(calls));
      await chmod(join(root, path), 0o755);
      return (await run([path])).status;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
};
