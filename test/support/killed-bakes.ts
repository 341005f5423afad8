import { createHash, randomInt } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { leftBehind } from "./left-behind.ts";
import { ovenbird, start } from "./ovenbird.ts";
import { agentOf } from "./processes.ts";

export interface Killing {
  /** A state directory with a published image, and the image's disk. */
  state: string;
  disk: string;
  /** How many bakes are killed, each at a moment of its own. */
  moments: number;
  /** Milliseconds after the start within which each is killed, if a bake takes that long. */
  within: number;
  /** A recipe named `killed`; one from scratch when absent. */
  recipe?: string;
  env?: Record<string, string>;
}

/** Milliseconds: partitions, file system, mounts and network are made in the first of them. */
const beginning = 6000;

const recipe = `
image:
  name: killed
  root_volume_size: 2
  origin: { scratch: { distribution: debian, suite: trixie } }
  configure:
    - shell: sleep infinity & dd if=/dev/zero of=/data bs=1M count=64
`;

/**
 * Kills bakes with SIGKILL, by turns the command and its agent, at random moments; after each, a
 * sweep must leave nothing, and the published image must be what it was.
 */
export const killedBakes = async (killing: Killing): Promise<void> => {
  const { state, disk, moments, env = {} } = killing;
  const within = { command: killing.within, agent: killing.within };
  const path = join(state, "killed.yaml");
  await writeFile(path, killing.recipe ?? recipe);
  const before = await digest(disk);
  // for what the programs that a bake runs would leave in /tmp
  const temporary = join(state, "temporary");
  await mkdir(temporary);
  for (let killed = 0, tries = 0; killed < moments; tries++) {
    // a bake that is quicker than most kills would be no test of them
    expect(tries, `${killed} of ${moments} bakes were still there to be killed`).toBeLessThan(
      2 * moments + 4,
    );
    const victim = killed % 2 === 0 ? "command" : "agent";
    const moment = randomInt(killed % 3 === 0 ? beginning : within[victim]);
    const what = `the ${victim}, killed after ${moment} ms`;
    const began = Date.now();
    if (await killOne(path, { state, temporary, victim, moment, env })) killed++;
    // what a whole bake takes here; or until when it has an agent: it is booted without one
    else if (victim === "command") within.command = Math.min(within.command, Date.now() - began);
    else within.agent = Math.min(within.agent, Math.max(moment, beginning));
    expect(await readdir(temporary), what).toEqual([]);
    expect(await leftAfterSweep(state, what), what).toEqual([]);
  }
  expect(await digest(disk)).toBe(before);
};

/** Milliseconds in which a process ends that the kernel has write a disk while it is killed. */
const patience = 60_000;

/** What a sweep leaves, once the bake is dead: until its last process has ended it holds its lock. */
const leftAfterSweep = async (state: string, what: string): Promise<string[]> => {
  for (const began = Date.now(); ; await sleep(500)) {
    const swept = await ovenbird(["sweep", "--state", state]);
    expect(swept.status, `${what}: ${swept.stderr}`).toBe(0);
    const left = await leftBehind(state);
    if (left.length === 0 || Date.now() - began > patience) return left;
  }
};

interface Kill {
  state: string;
  /** Where programs put what they need for a while. */
  temporary: string;
  victim: string;
  moment: number;
  env: Record<string, string>;
}

/** Answers whether there was something to kill; the image of a bake that got away is removed. */
const killOne = async (
  path: string,
  { state, temporary, victim, moment, env }: Kill,
): Promise<boolean> => {
  const child = start(["bake", path, "--state", state, "--json"], { ...env, TMPDIR: temporary });
  child.stdout.resume();
  child.stderr.resume();
  const ended = once(child, "close");
  await Promise.race([sleep(moment), ended]);
  if (victim === "command") child.kill("SIGKILL");
  else await killAgent(state, ended);
  await ended;
  if (child.exitCode !== 0) return true;
  await ovenbird(["rm", "killed", "--state", state]);
  return false;
};

/** Kills the agent as soon as there is one. */
const killAgent = async (state: string, ended: Promise<unknown>): Promise<void> => {
  const over = ended.then(() => true);
  for (;;) {
    const agent = agentOf(state);
    if (agent !== undefined) return kill(agent.pid);
    if (await Promise.race([over, sleep(20).then(() => false)])) return;
  }
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it ended by itself in the meantime
  }
};

const digest = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};
