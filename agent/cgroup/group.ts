import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Controller, Hierarchy } from "./hierarchies.ts";

/** A control group of ours in one hierarchy. */
export interface Group extends AsyncDisposable {
  /** The file to which a process writes `0` to enter. */
  procs: string;
}

const prefix = "ovenbird-";

const limitFile = {
  1: { pids: "pids.max", memory: "memory.limit_in_bytes" },
  2: { pids: "pids.max", memory: "memory.max" },
} as const;

/** Makes a group with its limits, and removes what killed bakes left. Throws the kernel's errors. */
export const openGroup = async (
  { version, folder, controllers }: Hierarchy,
  limits: Record<Controller, number>,
): Promise<Group> => {
  await removeEmpty(folder);
  if (version === 2) await enable(folder, controllers);
  const { group, procs, stop } = await occupied(folder);
  try {
    for (const controller of controllers) {
      const file = join(group, limitFile[version][controller]);
      await writeFile(file, String(limits[controller]));
    }
    return { procs, [Symbol.asyncDispose]: () => stop().then(() => removeSoon(group)) };
  } catch (error) {
    await stop();
    await removeSoon(group);
    throw error;
  }
};

/** How often a new group may be taken for a dead one, before it has its process. */
const attempts = 5;

/** A new group with a process of ours in it. */
const occupied = async (folder: string) => {
  for (let attempt = 1; ; attempt++) {
    const group = await mkdtemp(join(folder, prefix));
    const procs = join(group, "cgroup.procs");
    try {
      return { group, procs, stop: await occupy(procs) };
    } catch (error) {
      const isThere = existsSync(group);
      await removeSoon(group);
      if (isThere || attempt === attempts) throw error;
    }
  }
};

/**
 * Nobody can remove a group with a process; one without is a bake's that was killed, or begins at
 * this moment, and then it is made anew. Says how many were removed.
 */
export const removeEmpty = async (folder: string): Promise<number> => {
  let removed = 0;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    await rmdir(join(folder, name)).then(
      () => removed++,
      () => undefined,
    );
  }
  return removed;
};

/** In version 2 a tree's groups have only the controllers that it passes on. */
const enable = async (folder: string, controllers: readonly Controller[]): Promise<void> => {
  const file = join(folder, "cgroup.subtree_control");
  const passed = (await readFile(file, "utf8")).trim().split(" ");
  const needed = controllers.filter((controller) => !passed.includes(controller));
  if (needed.length > 0) await writeFile(file, needed.map((one) => `+${one}`).join(" "));
};

/**
 * The second line keeps the holder from being killed when memory is short; it needs
 * CAP_SYS_RESOURCE, and without it the holder is killed no sooner than anything else.
 */
const hold = `
echo 0 > "$0" || exit
{ echo -1000 > /proc/self/oom_score_adj; } 2> /dev/null
echo inside
exec cat
`;

/** Puts a process in the group, which holds it until it is told to stop or we are gone. */
const occupy = async (procs: string): Promise<() => Promise<void>> => {
  const holder = spawn("sh", ["-c", hold, procs], { stdio: ["pipe", "pipe", "ignore"] });
  const ended = once(holder, "exit");
  const inside = await Promise.race([once(holder.stdout, "data"), ended.then(() => undefined)]);
  if (inside === undefined) throw new Error(`no process can enter ${procs}`);
  return async () => {
    holder.kill("SIGKILL");
    await ended;
  };
};

/** Milliseconds for the kernel to bury what was killed a moment ago. */
const patience = 5000;

const removeSoon = async (group: string): Promise<void> => {
  const until = Date.now() + patience;
  for (;;) {
    try {
      return await rmdir(group);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || Date.now() > until) throw error;
    }
    await sleep(10);
  }
};
