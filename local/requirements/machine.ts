import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Architecture } from "../../core/job.ts";
import { withSystemFolders } from "./search-path.ts";

export const GiB = 1024 ** 3;

/** EC2's name of this machine's architecture, or undefined for one that Ovenbird does not know. */
export const hostArchitecture = (): Architecture | undefined => {
  if (process.arch === "x64") return "x86_64";
  return process.arch === "arm64" ? "arm64" : undefined;
};

/** Whether this process is root. */
export const isRoot = (): boolean => process.getuid?.() === 0;

/** What keeps loop devices from being used, or undefined when one is to be had. Needs root. */
export const loopDeviceProblem = (): string | undefined => {
  if (!isLoopControl("/dev/loop-control")) {
    return "there is no /dev/loop-control: run `modprobe loop`, or give the container the device";
  }
  // Asks the kernel for a free one, and makes it if need be.
  const found = spawnSync("losetup", ["--find"], {
    encoding: "utf8",
    env: { ...process.env, PATH: withSystemFolders(process.env["PATH"]), LC_ALL: "C" },
  });
  if (found.error) return undefined; // no losetup: that is said elsewhere
  const device = found.stdout.trim();
  if (found.status !== 0) {
    const why = found.stderr.trim().replace(/^losetup: /, "") || "losetup gave no reason";
    return `no loop device is to be had (${why}): free one that \`losetup --list\` shows, or give the container /dev/loop-control`;
  }
  if (existsSync(device)) return undefined;
  return `${device} has no device node: give the container the host's /dev/loop* devices`;
};

const isLoopControl = (path: string): boolean => {
  const stats = statSync(path, { throwIfNoEntry: false });
  // Its number among the kernel's miscellaneous devices is fixed: 10, 237.
  return stats?.isCharacterDevice() === true && stats.rdev === ((10 << 8) | 237);
};

/** What keeps a folder from holding disks of that size, or undefined. */
export const folderProblem = (folder: string, bytes: number): string | undefined => {
  const present = nearestPresent(folder);
  if (!statSync(present).isDirectory()) {
    return `${present} is not a folder: name another with --state`;
  }
  try {
    accessSync(present, constants.W_OK | constants.X_OK);
  } catch {
    return `${present} cannot be written to: name another folder with --state`;
  }
  if (withoutSparseFiles.has(statfsSync(present).type)) {
    return `the file system of ${present} has no sparse files: name a folder on another with --state`;
  }
  const free = freeSpace(present);
  if (free >= bytes) return undefined;
  return `${present} has ${gib(free)} GiB free and the bake needs ${gib(bytes)}: make room, or name a folder on another disk with --state`;
};

/** Bytes that are free where the folder is, or will be. */
export const freeSpace = (folder: string): number => {
  const { bavail, bsize } = statfsSync(nearestPresent(folder));
  return bavail * bsize;
};

const gib = (bytes: number): string => (bytes / GiB).toFixed(1);

/** Magic numbers of statfs(2): FAT and exFAT allocate every block of a file. */
const withoutSparseFiles = new Set([0x4d44, 0x2011bab0]);

const nearestPresent = (folder: string): string => {
  const path = resolve(folder);
  return existsSync(path) || path === "/" ? path : nearestPresent(dirname(path));
};
