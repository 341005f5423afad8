import prettyBytes from "pretty-bytes";
import { sector } from "../layout.ts";
import { told } from "./ask.ts";
import { type DiskSize, roomOf } from "./growth.ts";
import type { TablePartition } from "./table.ts";
import type { Volume } from "./volume.ts";

/**
 * Makes a partition reach to the end of the disk. sfdisk(8) keeps all else that the table says and
 * the boot code before it, and writes a GPT's backup where the disk now ends. A disk that is one file
 * system needs nothing of it. Answers what a user is told.
 */
export const growPartition = async (
  disk: string,
  size: DiskSize,
  { title, partition, ...root }: Volume,
): Promise<string> => {
  if (partition === undefined) return `the root fills the disk: ${readable(size.size)}`;
  const { extended } = size.table;
  const room = roomOf(size, { title, partition, ...root });
  if (extended !== undefined && partition.start > extended.start) {
    await resize(disk, extended, partition.start + room - extended.start);
  }
  await resize(disk, partition, room);
  return `${title}, the root, grows from ${readable(root.size)} to ${readable(room)}`;
};

const readable = (bytes: number): string => prettyBytes(bytes, { binary: true });

const resize = async (disk: string, { number }: TablePartition, size: number): Promise<void> => {
  const options = ["--quiet", "--no-reread", "--no-tell-kernel", "--wipe", "never"];
  const partition = ["--wipe-partitions", "never", "-N", String(number)];
  await told(["sfdisk", ...options, ...partition, disk], `,${size / sector}\n`);
};

/** Makes a mounted file system fill its device. */
export const growFileSystem = async (type: string, device: string, path: string): Promise<void> => {
  const argv = {
    xfs: ["xfs_growfs", path],
    btrfs: ["btrfs", "filesystem", "resize", "max", path],
  }[type];
  // an ext file system is grown by the kernel too, when it is mounted: no further check is needed
  await told(argv ?? ["resize2fs", device]);
};
