import { attempt, run } from "../run.ts";

/** Loop devices of a disk, by path. */
export const loopsOf = (disk: string): Promise<string[]> =>
  run(["losetup", "--noheadings", "--output", "NAME", "--associated", disk], { keep: 1000 });

/**
 * Detaches loop devices of a disk that were not there before, and says so: what they hold of the
 * disk is not what others write to it. One that is on its way out anyway is not told of.
 */
export const detachLeft = async (disk: string, before: readonly string[]): Promise<string[]> => {
  const told: string[] = [];
  for (const path of await loopsOf(disk)) {
    if (before.includes(path)) continue;
    const { status } = await attempt(["losetup", "--detach", path]);
    if (status === 0) told.push(`${path} was left attached to the disk; it is detached`);
  }
  return told;
};
