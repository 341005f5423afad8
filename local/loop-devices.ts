import { execFile } from "node:child_process";
import { open, realpath } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

interface LoopList {
  loopdevices?: { name: string; "back-file": string | null }[];
}

/**
 * Detaches what is attached to files of a folder; says how many. Loop devices are let go of by the
 * kernel, but for the instant between attaching one and saying so: an agent killed just then leaves
 * it attached to a file of its bake.
 */
export const detachLoops = async (folder: string): Promise<number> => {
  const { stdout } = await run("losetup", ["--list", "--json", "--output", "NAME,BACK-FILE"]);
  const { loopdevices = [] } = (stdout.trim() === "" ? {} : JSON.parse(stdout)) as LoopList;
  const real = await realpath(folder); // as the kernel names its files
  const left = loopdevices.filter((loop) => loop["back-file"]?.startsWith(`${real}/`));
  await Promise.all(left.map((loop) => detach(loop.name, loop["back-file"])));
  return left.length;
};

/** Held open, a device does not become somebody else's between a look at it and its detaching. */
const detach = async (name: string, file: string | null): Promise<void> => {
  try {
    await using _ = await open(name, "r");
    const { stdout } = await run("losetup", ["--noheadings", "--output", "BACK-FILE", name]);
    if (stdout.trim() === file) await run("losetup", ["--detach", name]);
  } catch {
    // one that the kernel is just letting go of cannot be detached any more
  }
};
