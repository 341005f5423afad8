import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Tampering {
  /** Lines of bash in the disk's root file system. */
  commands?: string;
  /** Bytes of the disk in which the lowest bit is flipped. */
  bits?: readonly number[];
}

interface Table {
  partitiontable: { partitions: { name: string; start: number; size: number }[] };
}

const sector = 512;

/** A copy of a disk that somebody changed by hand. Its path. */
export const tamperedDisk = async (
  disk: string,
  to: string,
  tampering: Tampering,
): Promise<string> => {
  await run("cp", ["--reflink=auto", "--sparse=always", "--", disk, to]);
  await tamper(to, tampering);
  return to;
};

/** Changes a disk in its place: a file system is mounted where nobody else sees it. */
export const tamper = async (disk: string, { commands, bits = [] }: Tampering): Promise<void> => {
  if (commands !== undefined) await changeFiles(disk, commands);
  await flipBits(disk, bits);
};

const changeFiles = async (disk: string, commands: string): Promise<void> => {
  const { stdout } = await run("sfdisk", ["--json", disk]);
  const { partitiontable } = JSON.parse(stdout) as Table;
  const root = partitiontable.partitions.find(({ name }) => name === "root");
  if (root === undefined) throw new Error(`${disk} has no partition named root`);
  const place = [String(root.start * sector), String(root.size * sector)];
  const script = `ROOT=$(mktemp -d); trap 'cd /; umount "$ROOT"; rmdir "$ROOT"' EXIT
    mount -o "loop,offset=$2,sizelimit=$3" "$1" "$ROOT"; cd "$ROOT"
    ${commands}`;
  await run("unshare", ["--mount", "bash", "-euc", script, "bash", disk, ...place]);
};

/** Flips the lowest bit of each of these bytes. */
export const flipBits = async (disk: string, bits: readonly number[]): Promise<void> => {
  await using file = await open(disk, "r+");
  for (const at of bits) {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  }
};
