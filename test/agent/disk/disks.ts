import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export const mebibyte = 1024 ** 2;

/** A file system to make on a disk. */
export interface MadeVolume {
  /** MiB from the disk's beginning; and its size. */
  start: number;
  size: number;
  /** The program and its options, without the device. */
  mkfs: readonly string[];
  /** Shell commands that run in it when it is mounted. */
  fill?: string;
  mountOptions?: string;
}

export interface MadeDisk {
  /** MiB. */
  size: number;
  /** What sfdisk(8) reads; absent, the disk has no table. */
  table?: string;
  volumes: readonly MadeVolume[];
  /** MiB to which it is then enlarged. */
  grownTo?: number;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const volumeScript = ({ start, size, mkfs, fill, mountOptions }: MadeVolume): string => `
LOOP=$(losetup --find --show --offset ${start * mebibyte} --sizelimit ${size * mebibyte} "$DISK")
trap 'losetup --detach "$LOOP" 2> /dev/null || true' EXIT
${mkfs.map(quoted).join(" ")} "$LOOP" > /dev/null
${
  fill === undefined
    ? ""
    : `mount ${mountOptions ? `-o ${mountOptions}` : ""} "$LOOP" "$M"
(cd "$M" && { ${fill}
}) && umount "$M"`
}
losetup --detach "$LOOP"
trap - EXIT # or it would be somebody else's by then
`;

/** Makes a disk with real partitions and file systems; mounts stay in a namespace of their own. */
export const makeDisk = async (disk: string, made: MadeDisk): Promise<string> => {
  const script = `set -eu
export DISK=$1
truncate --size ${made.size}M "$DISK"
${made.table === undefined ? "" : `printf '%s' ${quoted(made.table)} | sfdisk --quiet --no-tell-kernel "$DISK"`}
M=/mnt
mount -t tmpfs tmpfs /mnt
mkdir /mnt/m
M=/mnt/m
${made.volumes.map(volumeScript).join("\n")}
${made.grownTo === undefined ? "" : `truncate --size ${made.grownTo}M "$DISK"`}
`;
  await run("unshare", ["--mount", "bash", "-c", script, "bash", disk]);
  return disk;
};

/** Commands that make of a file system a system with that fstab. */
export const system = (fstab?: string, more = ""): string => `
mkdir -p etc usr/bin usr/lib boot home var srv
echo 'PRETTY_NAME="Small 1"' > etc/os-release
${fstab === undefined ? "" : `printf '%s\\n' ${quoted(fstab)} > etc/fstab`}
${more}`;

export const ext4 = ["mkfs.ext4", "-q", "-F"];
export const xfs = ["mkfs.xfs", "-q", "-f", "-m", "bigtime=0,inobtcount=0"];
export const btrfs = ["mkfs.btrfs", "-q", "-f"];

/** A FAT of that many MiB; mtools take the device before the rest. */
export const vfat = (size: number): string[] => [
  ...["sh", "-c"],
  `mformat -i "$0" -T ${(size * mebibyte) / 512} -v ESP -N ABCD1234 :: 2> /dev/null`,
];

export const rootType = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709";
export const espType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
export const linuxType = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";

/** A plain disk of one ext4 with a system, in a GPT. */
export const plainDisk = (fill = system(), mkfs = ext4): MadeDisk => ({
  size: 64,
  table: `label: gpt\nstart=1MiB, size=60MiB, type=${rootType}\n`,
  volumes: [{ start: 1, size: 60, mkfs, fill }],
});

/** Keeps a disk as it is, to see later that it still is so. */
export const keep = async (
  disk: string,
): Promise<AsyncDisposable & { compare(): Promise<void> }> => {
  const copy = `${disk}.kept`;
  await run("cp", ["--sparse=always", disk, copy]);
  return {
    /** Rejects when a byte is another. */
    async compare() {
      await run("cmp", [copy, disk]);
    },
    [Symbol.asyncDispose]: () => rm(copy, { force: true }),
  };
};
