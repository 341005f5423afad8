import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentResult } from "../../core/job.ts";

/** A bake's folder on this machine, and its lock. */
export interface Claim extends AsyncDisposable {
  /** Of root's alone. */
  folder: string;
  /** Handed to the agent, that holds the lock too. */
  lock: number;
  /** How the bake ended, when it was begun before: it is begun only once. */
  ended: AgentResult | undefined;
}

const resultFile = "result.json";

/** What a bake ended with that was begun and never came to a result. */
const interrupted: AgentResult = {
  status: "failed",
  error: "AgentDied",
  message:
    "the agent was begun on this builder and ended before it had a result; the disk is not begun again, as nobody knows how far it came: a new bake would be right",
};

/**
 * Claims a bake for this process, waiting for another that has it. Systems Manager may start a
 * command twice: the second waits for the first, and finds its result.
 */
export const claim = async (home: string, bake: string): Promise<Claim> => {
  const folder = join(home, "bakes", bake);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(join(folder, "lock"), "a+", 0o600);
  await flock(file.fd);
  const ended = await readResult(join(folder, resultFile));
  const begun = join(folder, "begun");
  const isSecond = ended === undefined && (await readText(begun)) !== undefined;
  if (ended === undefined) await writeFile(begun, `${new Date().toISOString()}\n`);
  return {
    ...{ folder, lock: file.fd, ended: isSecond ? interrupted : ended },
    [Symbol.asyncDispose]: () => file.close(),
  };
};

export const keepResult = async (folder: string, result: AgentResult): Promise<void> => {
  const path = join(folder, resultFile);
  await writeFile(`${path}.part`, JSON.stringify(result), { mode: 0o600 });
  await rename(`${path}.part`, path);
};

/** The result in a file; undefined when there is none. */
export const readResult = async (path: string): Promise<AgentResult | undefined> => {
  const text = await readText(path);
  return text === undefined ? undefined : AgentResult.parse(JSON.parse(text));
};

const readText = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });

/** Node has no flock(2), but the lock is the open file's: flock(1) takes it on what it inherits. */
const flock = async (fd: number): Promise<void> => {
  const child = spawn("flock", ["--exclusive", "3"], {
    stdio: ["ignore", "ignore", "inherit", fd],
  });
  const [status] = (await once(child, "exit")) as [number | null];
  if (status !== 0) throw new Error(`flock ended with status ${status}`);
};
