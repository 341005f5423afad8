import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BakeEvent } from "../core/bake-event.ts";

/** As users have it: where there are no sources, the command takes what was built. */
const installed = mkdtempSync(join(tmpdir(), "ovenbird-bench-"));
for (const part of ["bin", "dist"]) {
  cpSync(join(import.meta.dirname, "..", part), join(installed, part), { recursive: true });
}
process.on("exit", () => rmSync(installed, { recursive: true }));

const program = join(installed, "bin/ovenbird.js");

/** What a run of `ovenbird` took. */
export interface Taken {
  /** Wall-clock seconds, the start of Node included. */
  seconds: number;
  /** Bytes: the most memory that the process had at once. */
  peak: number;
  status: number | null;
  events: BakeEvent[];
}

/** Milliseconds between looks at a process' memory; the kernel itself keeps the peak. */
const interval = 100;

export interface Measure {
  env?: Record<string, string>;
  /** The state in which it is stopped: what it took is the time until all its bakes are there. */
  until?: string;
  /** How many bakes it does. */
  bakes?: number;
  /** Waited for before it is stopped: what stopping costs is not for whoever is still measured. */
  patience?: () => Promise<void>;
}

/** Runs `ovenbird` and measures it. */
export const measured = async (
  parameters: readonly string[],
  { env = {}, until, bakes = 1, patience }: Measure = {},
): Promise<Taken> => {
  const started = performance.now();
  const child = spawn(process.execPath, [program, ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  let peak = 0;
  const watch = setInterval(() => {
    void peakOf(child.pid).then((bytes) => (peak = Math.max(peak, bytes)));
  }, interval);
  const ended = once(child, "close");
  let stopped: number | undefined;
  let there = 0;
  const events: BakeEvent[] = [];
  // a gigabyte of output is not kept: of the events only those that tell of time
  for await (const line of createInterface(child.stdout)) {
    if (!/"event":"(?:state|bake)-/.test(line)) continue;
    const event = BakeEvent.parse(JSON.parse(line));
    events.push(event);
    if (event.event !== "state-entered" || event.state !== until || ++there < bakes) continue;
    stopped = performance.now();
    await patience?.();
    child.kill("SIGINT");
  }
  await ended;
  clearInterval(watch);
  const seconds = ((stopped ?? performance.now()) - started) / 1000;
  return { seconds, peak, status: child.exitCode, events };
};

/** VmHWM of proc(5): the peak of the resident set, in kB of 1024 bytes. */
const peakOf = async (pid: number | undefined): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
};

/** Seconds that a state took. */
export const secondsIn = ({ events }: Taken, state: string): number =>
  events.reduce(
    (sum, event) =>
      event.event === "state-exited" && event.state === state ? sum + event.seconds : sum,
    0,
  );
