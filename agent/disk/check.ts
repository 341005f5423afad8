import { CommandFailed, CorruptDisk, UnsupportedDisk } from "../../core/errors.ts";
import { type Answer, ask, lastLines } from "./ask.ts";
import { described, type Volume } from "./volume.ts";

/** A volume with its device; `open` lets the device be written to. */
export interface CheckOrder {
  volume: Volume;
  device: string;
  open(): Promise<unknown>;
}

/**
 * Reads a whole file system, before the kernel does, and refuses what is not sound. Nothing is
 * written but what e2fsck(8) and fsck.fat(8) mend by themselves after an unclean end.
 * Throws CorruptDisk, UnsupportedDisk.
 */
export const checkFully = async (order: CheckOrder): Promise<void> => {
  switch (order.volume.content?.type) {
    case "ext2":
    case "ext3":
    case "ext4":
      return checkExt(order);
    case "xfs":
      return checkXfs(order);
    case "btrfs":
      return accept(order, await ask(["btrfs", "check", "--readonly", order.device]));
    case "vfat":
      return checkFat(order);
  }
};

/** What an own disk needs before it is mounted: its journal replayed. */
export const checkQuickly = async (order: CheckOrder): Promise<void> => {
  if (!order.volume.content?.type.startsWith("ext")) return;
  await order.open();
  accept(order, await ask(["e2fsck", "-p", order.device]), mended);
};

/** e2fsck(8), fsck.fat(8): errors were found, and are no more. */
const mended = 1;

const checkExt = async (order: CheckOrder): Promise<void> => {
  const looked = await ask(["e2fsck", "-f", "-n", order.device]);
  if (looked.status === 0 && !looked.stderr.includes("skipping journal recovery")) return;
  refuseUnknown(order, looked);
  await order.open();
  accept(order, await ask(["e2fsck", "-f", "-p", order.device]), mended);
};

const checkXfs = async (order: CheckOrder): Promise<void> => {
  const answer = await ask(["xfs_repair", "-n", order.device]);
  if (/valuable metadata changes in a log/.test(answer.stdout + answer.stderr)) {
    throw new UnsupportedDisk(
      `${described(order.volume)} was not unmounted, and what its log holds cannot be checked ` +
        "without the kernel taking it in; mount and unmount the disk once where that does no " +
        "harm, or shut down the machine that it was copied from",
    );
  }
  accept(order, answer);
};

/** Not all machines have one, and a FAT that is copied out by mtools needs none. */
const checkFat = async (order: CheckOrder): Promise<void> => {
  const looked = await fsckFat(order.device, "-n");
  if (looked === undefined || looked.status === 0) return;
  await order.open();
  await fsckFat(order.device, "-a");
  accept(order, await ask(["fsck.fat", "-n", order.device]));
};

const fsckFat = (device: string, how: string): Promise<Answer | undefined> =>
  ask(["fsck.fat", how, device]).catch((error: unknown) => {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  });

const accept = (order: CheckOrder, answer: Answer, most = 0): void => {
  if (answer.status <= most) return;
  refuseUnknown(order, answer);
  const why = lastLines(answer.stderr + answer.stdout).join("\n");
  throw new CorruptDisk(
    `${described(order.volume)} is damaged; a disk whose file systems are sound would be right. ` +
      `The check said:\n${why}`,
  );
};

/** What checkers say of features that came after them. */
const unknown = /unsupported feature|unknown (?:in)?compat|unsupported option feature/i;

const refuseUnknown = ({ volume }: CheckOrder, { stdout, stderr }: Answer): void => {
  if (!unknown.test(stdout + stderr)) return;
  const why = lastLines(stderr + stdout).join("\n");
  throw new UnsupportedDisk(
    `${described(volume)} has features that this machine's tools are too old to check; ` +
      `newer ones (e2fsprogs, xfsprogs, btrfs-progs) would be right. They said:\n${why}`,
  );
};
