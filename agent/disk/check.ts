import { CorruptDisk } from "../../core/errors.ts";
import { type Argv, attempt } from "../run.ts";
import { type Volume, volumeName } from "./probe.ts";

/**
 * `full` reads a whole file system of a disk nobody vouches for, before the kernel mounts it;
 * `journal` is for our own: it replays what a crash left, and believes the rest.
 */
export type Check = "full" | "journal";

/** Commands of which one must find the file system good; the first only reads. */
interface Checker {
  argvs: Argv[];
  /** Statuses of a file system that may be mounted. */
  good: readonly number[];
}

const checkers = (device: string, check: Check): Record<string, Checker | undefined> => {
  const mend = ["e2fsck", "-p"];
  const full = [
    ["e2fsck", "-n", "-f", device],
    [...mend, "-f", device],
  ];
  // 1: errors were corrected; https://man7.org/linux/man-pages/man8/e2fsck.8.html
  const ext = { argvs: check === "full" ? full : [[...mend, device]], good: [0, 1] };
  if (check === "journal") return { ext2: ext, ext3: ext, ext4: ext };
  return {
    ...{ ext2: ext, ext3: ext, ext4: ext },
    xfs: { argvs: [["xfs_repair", "-n", device]], good: [0] },
    btrfs: { argvs: [["btrfs", "check", "--readonly", device]], good: [0] },
  };
};

/** What xfs_repair says of a journal with changes in it, which -n cannot replay. */
const unreplayed = /valuable metadata changes/;

/** Has a file system's own checker look at it. Throws CorruptDisk with the checker's last words. */
export const checkVolume = async (volume: Volume, device: string, check: Check): Promise<void> => {
  const checker = checkers(device, check)[volume.type ?? ""];
  if (checker === undefined) return;
  let tail: string[] = [];
  for (const argv of checker.argvs) {
    const ended = await attempt(argv, { keep: 40 });
    if (checker.good.includes(ended.status)) return;
    ({ tail } = ended);
  }
  const name = `${volumeName(volume)}, ${volume.type},`;
  if (tail.some((line) => unreplayed.test(line))) {
    throw new CorruptDisk(
      `${name} was not unmounted: its journal holds changes; mount and unmount it where it comes from`,
    );
  }
  throw new CorruptDisk(
    [`${name} is damaged; ${checker.argvs[0]?.[0]} says:`, ...tail.slice(-10)].join("\n"),
  );
};
