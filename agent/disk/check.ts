import { CommandFailed, CorruptDisk, UnsupportedDisk } from "../../core/errors.ts";
import type { Devices } from "./devices.ts";
import { isExtAtRest } from "./ext-at-rest.ts";
import { type Ran, ran, tooNew } from "./run-checker.ts";
import { described, type Volume } from "./volume.ts";

/**
 * `full`: every file system is read whole before the kernel sees it, and what is not sound is
 * refused. `journal`: the disk is one of our own, and only a journal that was left over is replayed.
 */
export type Check = "full" | "journal";

/**
 * Checks volumes, each once, before they are mounted. Nothing is written but what e2fsck(8) and
 * fsck.fat(8) put in order by themselves after an unclean end.
 * What it answers throws CorruptDisk, UnsupportedDisk.
 */
export const checker = (check: Check, devices: Devices): ((volume: Volume) => Promise<void>) => {
  const checked = new Set<Volume>();
  return async (volume) => {
    if (checked.has(volume)) return;
    checked.add(volume);
    await (check === "full" ? checkFully : checkQuickly)(volume, await devices.of(volume));
  };
};

const checkFully = async (volume: Volume, device: string): Promise<void> => {
  switch (volume.content?.type) {
    case "ext2":
    case "ext3":
    case "ext4":
      return checkExt(volume, device);
    case "xfs":
      return checkXfs(volume, device);
    case "btrfs":
      return accept(volume, await ran(["btrfs", "check", "--readonly", device]));
    case "vfat":
      return checkFat(volume, device);
    case undefined:
    default:
      return undefined; // it is not mounted
  }
};

const checkQuickly = async (volume: Volume, device: string): Promise<void> => {
  if (!volume.content?.type.startsWith("ext")) return;
  // e2fsck(8) has all of the disk written, also where it finds nothing to do
  if (await isExtAtRest(device)) return;
  accept(volume, await ran(["e2fsck", "-p", device]), mended);
};

/** e2fsck(8): errors were found, and are no more. */
const mended = 1;

const checkExt = async (volume: Volume, device: string): Promise<void> => {
  const looked = await ran(["e2fsck", "-f", "-n", device]);
  if (looked.status === 0 && !looked.notable.includes("skipping journal recovery")) return;
  refuseUnknown(volume, looked);
  accept(volume, await ran(["e2fsck", "-f", "-p", device]), mended);
};

const checkXfs = async (volume: Volume, device: string): Promise<void> => {
  const answer = await ran(["xfs_repair", "-n", device]);
  if (answer.notable.includes("valuable metadata changes in a log")) {
    throw new UnsupportedDisk(
      `${described(volume)} was not unmounted, and what its log holds cannot be checked ` +
        "without the kernel taking it in; mount and unmount the disk once where that does no " +
        "harm, or shut down the machine that it was copied from",
    );
  }
  accept(volume, answer);
};

/** Not all machines have the program; those without a FAT in their kernel need none. */
const checkFat = async (volume: Volume, device: string): Promise<void> => {
  const looked = await fsckFat(device, "-n");
  if (looked === undefined || looked.status === 0) return;
  await fsckFat(device, "-a");
  accept(volume, await ran(["fsck.fat", "-n", device]));
};

const fsckFat = (device: string, how: string): Promise<Ran | undefined> =>
  ran(["fsck.fat", how, device]).catch((error: unknown) => {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  });

const accept = (volume: Volume, answer: Ran, most = 0): void => {
  if (answer.status <= most) return;
  refuseUnknown(volume, answer);
  throw new CorruptDisk(
    `${described(volume)} is damaged; a disk whose file systems are sound would be right. ` +
      `The check said:\n${answer.last}`,
  );
};

const refuseUnknown = (volume: Volume, { notable, last }: Ran): void => {
  if (!tooNew.test(notable)) return;
  throw new UnsupportedDisk(
    `${described(volume)} has features that this machine's tools are too old to check; ` +
      `newer ones (e2fsprogs, xfsprogs, btrfs-progs) would be right. They said:\n${last}`,
  );
};
