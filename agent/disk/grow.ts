import { stat } from "node:fs/promises";
import { UnsupportedDisk } from "../../core/errors.ts";
import { attempt, run } from "../run.ts";
import { type Volume, volumeName } from "./probe.ts";
import { type DiskTable, isContainer, readTable } from "./table.ts";

/** Less than this at the end of a disk is no room: GPT's backup, and what tools align to. */
const leastRoom = 2 * 1024 ** 2;

/** Bytes that an MBR can tell of: 2^32 sectors. */
const mbrLimit = 2 ** 32 * 512;

/**
 * What stands in the way of the root's growth: a partition behind it; undefined when nothing does.
 * An extended partition that holds the root grows with it, which is not done here.
 */
export const growthObstacle = (root: Volume, table: DiskTable): string | undefined => {
  const { partition } = root;
  if (partition === undefined) return undefined;
  const behind = table.partitions.find((one) => one.start > partition.start && !isContainer(one));
  if (behind !== undefined) return `partition ${behind.number} lies behind it`;
  const holder = table.partitions.find(
    (one) => isContainer(one) && one.start < partition.start && holds(one, partition.start),
  );
  return holder === undefined ? undefined : `it lies in the extended partition ${holder.number}`;
};

const holds = ({ start, size }: { start: number; size: number }, place: number): boolean =>
  place >= start && place < start + size;

/**
 * Grows the root's partition to the end of the disk, where there is room; identifiers and boot
 * code stay. Answers the table as it is then. Throws UnsupportedDisk when it must grow and cannot.
 */
export const growTable = async (
  { disk, mustGrow }: { disk: string; mustGrow: boolean },
  table: DiskTable,
  root: Volume,
): Promise<DiskTable> => {
  const { label, partitions } = table;
  const { size } = await stat(disk);
  const end = Math.max(0, ...partitions.map((one) => one.start + one.size));
  if (label === "none" || size - end <= leastRoom) return table;
  const obstacle = growthObstacle(root, table);
  if (obstacle !== undefined && mustGrow) {
    throw new UnsupportedDisk(
      `${volumeName(root)}, the root, cannot grow: ${obstacle}; leave root_volume_size out`,
    );
  }
  if (label === "dos" && size > mbrLimit) {
    throw new UnsupportedDisk("an MBR ends at 2 TiB; make root_volume_size 2048 or less");
  }
  // GPT's second header belongs where the disk now ends
  if (label === "gpt") await sfdisk(["--relocate", "gpt-bak-std", disk]);
  if (obstacle === undefined) {
    await sfdisk(["--no-reread", "-N", String(root.partition?.number), disk], ", +\n");
  }
  return readTable(disk);
};

const sfdisk = (parameters: string[], input?: string): Promise<string[]> =>
  run(["sfdisk", "--quiet", "--no-tell-kernel", ...parameters], { input });

/**
 * Grows an ext file system to the size of its device, before it is mounted: later it takes a
 * capability that containers lack. resize2fs wants it checked as a whole right before.
 */
export const growUnmounted = async (type: string, device: string): Promise<void> => {
  if (!type.startsWith("ext") || (await fills(device))) return;
  await attempt(["e2fsck", "-f", "-p", device]); // what it cannot mend, resize2fs refuses
  await run(["resize2fs", device]);
};

/** Grows a mounted XFS or Btrfs to the size of its device. */
export const growMounted = async (type: string, path: string): Promise<void> => {
  if (type === "xfs") await run(["xfs_growfs", "-d", path]);
  if (type === "btrfs") await run(["btrfs", "filesystem", "resize", "max", path]);
};

/** Whether an ext file system has all of its device, but for less than a block group. */
const fills = async (device: string): Promise<boolean> => {
  const header = await run(["dumpe2fs", "-h", device]);
  const [blocks, size] = ["Block count", "Block size"].map((name) =>
    Number(header.find((line) => line.startsWith(`${name}:`))?.split(":")[1]),
  );
  const [bytes] = await run(["blockdev", "--getsize64", device]);
  return Number(bytes) - (blocks ?? 0) * (size ?? 0) < leastRoom;
};
