import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailed } from "../../core/errors.ts";
import { type Mounted, placeChecker } from "../mount.ts";
import { attempt, run } from "../run.ts";
import { told } from "./ask.ts";

/**
 * What all agents of a machine can lock, whatever they have mounted, and nobody else does. Of two
 * file systems with one UUID that are mounted in the same moment, the kernel refuses one, or takes
 * the one for the other (seen with 6.18): it looks for their devices before it knows which is open.
 */
const lock = ["flock", "--timeout", "120", "/sys/fs"];

/** A twin that goes may be in the way for a moment, too. */
const tries = 5;
const pause = 200;

/** As `mounted` of agent/mount.ts, for a btrfs. Throws CommandFailed, in the end UnusablePath. */
export const mountedBtrfs = async (
  path: string,
  { source, options }: { source: string; options: string },
): Promise<Mounted> => {
  await mkdir(path, { recursive: true });
  const argv = [...lock, "mount", "-t", "btrfs", "-o", options, "--", source, path];
  for (let left = tries; ; left--) {
    const { status, tail } = await attempt(argv);
    if (status === 0) break;
    if (left === 1) {
      throw new CommandFailed(
        [`${argv.join(" ")} ended with status ${status}`, ...tail].join("\n"),
      );
    }
    await sleep(pause);
  }
  const checkPlace = await placeChecker(path);
  const unmount = async () => {
    await checkPlace();
    await run(["umount", "--", path]);
  };
  const found = await told(["findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", path]);
  // `/dev/loop1[/subvolume]`
  if (found.trim().split("[")[0] !== source) {
    await unmount();
    throw new CommandFailed(`the kernel mounted ${found.trim()} where ${source} was wanted`);
  }
  return { path, [Symbol.asyncDispose]: unmount };
};
