import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
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
  // one that the kernel is just letting go of cannot be detached any more
  await Promise.all(left.map(({ name }) => run("losetup", ["--detach", name]).catch(() => "gone")));
  return left.length;
};
