import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

interface PartitionTable {
  partitiontable: {
    sectorsize: number;
    partitions: { start: number; size: number; name: string }[];
  };
}

/** Where a disk's root partition lies, in bytes. */
const rootPartition = async (disk: string) => {
  const { stdout } = await run("sfdisk", ["--json", disk]);
  const { partitiontable } = JSON.parse(stdout) as PartitionTable;
  const root = partitiontable.partitions.find(({ name }) => name === "root");
  if (root === undefined) throw new Error(`${disk} has no partition named root`);
  const { sectorsize } = partitiontable;
  return { offset: root.start * sectorsize, size: root.size * sectorsize };
};

/**
 * Runs shell commands with the image's root file system mounted, read-only, on `$ROOT`, in a mount
 * namespace of their own; answers what they print. `$DISK` is the disk.
 */
export const lookInside = async (disk: string, commands: string): Promise<string> => {
  const { offset, size } = await rootPartition(disk);
  const script = `
    set -eu
    DISK=$1
    ROOT=$(mktemp -d)
    trap 'cd /; umount "$ROOT" 2> /dev/null || true; rmdir "$ROOT"' EXIT
    mount -o "loop,ro,offset=${offset},sizelimit=${size}" "$DISK" "$ROOT"
    ${commands}
  `;
  const { stdout } = await run("unshare", ["--mount", "bash", "-c", script, "bash", disk], {
    maxBuffer: 16 * 1024 ** 2,
  });
  return stdout;
};

/** What reads a whole file system without writing to it, and fails when something is wrong. */
const checkers = {
  ext4: "e2fsck -f -n",
  xfs: "xfs_repair -n",
  btrfs: "btrfs check --readonly",
} as const;

/** Checks the image's root file system without mending it. Rejects when it is not clean. */
export const checkRootFileSystem = async (
  disk: string,
  fileSystem: keyof typeof checkers = "ext4",
): Promise<void> => {
  const { offset, size } = await rootPartition(disk);
  const script = `
    LOOP=$(losetup --find --show --read-only --offset ${offset} --sizelimit ${size} "$1")
    trap 'losetup --detach "$LOOP"' EXIT
    ${checkers[fileSystem]} "$LOOP"
  `;
  await run("bash", ["-c", script, "bash", disk]);
};
