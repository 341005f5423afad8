import { CorruptDisk } from "../../core/errors.ts";
import { type Argv, attempt } from "../run.ts";
import { type Volume, volumeName } from "./probe.ts";

/**
 * `full` reads a whole file system of a disk nobody vouches for, before the kernel mounts it;
 * `journal` is for our own: it replays what a crash left, and believes the rest.
 */
export type Check = "full" | "journal";

interface Checker {
  argv: Argv;
  /** Statuses of a file system that may be mounted. */
  good: readonly number[];
}

const checkers = (device: string, check: Check): Record<string, Checker | undefined> => {
  // 1: errors were corrected; https://man7.org/linux/man-pages/man8/e2fsck.8.html
  const force = check === "full" ? ["-f"] : [];
  const ext = { argv: ["e2fsck", "-p", ...force, device], good: [0, 1] };
  if (check === "journal") return { ext2: ext, ext3: ext, ext4: ext };
  return {
    ...{ ext2: ext, ext3: ext, ext4: ext },
    xfs: { argv: ["xfs_repair", "-n", device], good: [0] },
    btrfs: { argv: ["btrfs", "check", "--readonly", device], good: [0] },
  };
};

/** What xfs_repair says of a journal with changes in it, which -n cannot replay. */
const unreplayed = /valuable metadata changes/;

/** Has a file system's own checker look at it. Throws CorruptDisk with the checker's last words. */
export const checkVolume = async (volume: Volume, device: string, check: Check): Promise<void> => {
  const checker = checkers(device, check)[volume.type ?? ""];
  if (checker === undefined) return;
  const { status, tail } = await attempt(checker.argv, { keep: 40 });
  if (checker.good.includes(status)) return;
  const name = `${volumeName(volume)}, ${volume.type},`;
  if (tail.some((line) => unreplayed.test(line))) {
    throw new CorruptDisk(
      `${name} was not unmounted: its journal holds changes; mount and unmount it where it comes from`,
    );
  }
  throw new CorruptDisk(
    [`${name} is damaged; ${checker.argv[0]} says:`, ...tail.slice(-10)].join("\n"),
  );
};
