import prettyBytes from "pretty-bytes";
import { sector } from "../layout.ts";
import { ask, told } from "./ask.ts";
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

/**
 * Makes a file system that is not mounted fill its device, where that can be done. A mounted ext
 * file system could grow too, but not everywhere: the kernel asks for CAP_SYS_RESOURCE.
 */
export const growUnmounted = async (type: string, device: string): Promise<void> => {
  if (!type.startsWith("ext")) return;
  // resize2fs asks for it, however sound the file system was found a moment ago
  await ask(["e2fsck", "-f", "-p", device]);
  await told(["resize2fs", device]);
};

/** Makes a file system fill its device that grows only when it is mounted. */
export const growMounted = async (type: string, path: string): Promise<void> => {
  if (type === "xfs") await told(["xfs_growfs", path]);
  if (type === "btrfs") await told(["btrfs", "filesystem", "resize", "max", path]);
};
