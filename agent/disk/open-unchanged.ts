import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { CorruptDisk, UnsupportedDisk } from "../../core/errors.ts";
import { inside } from "../inside.ts";
import type { Devices } from "./devices.ts";
import { espCopy } from "./esp.ts";
import { kernelHasFat } from "./fat.ts";
import { findRoot } from "./find-root.ts";
import { unmountable, unreplayed } from "./look-into.ts";
import { mountFileSystem } from "./mount-file-system.ts";
import { type PlannedMount, planMounts } from "./plan-mounts.ts";
import { ran } from "./run-checker.ts";
import { shown } from "./shown.ts";
import { surveyDisk } from "./survey.ts";
import { described, isSystemType, type Volume } from "./volume.ts";

export interface UnchangedDisk extends AsyncDisposable {
  /** Where the image's root is mounted, with the rest of its file systems in it. */
  root: string;
  /** Paths in the image on which a FAT is, or its copy. */
  fat: readonly string[];
}

export interface UnchangedOrder {
  disk: string;
  /** A folder on a tmpfs, for mount points. */
  scratch: string;
  say(line: string): void;
}

/**
 * Mounts a disk's system as it mounts itself, to be read only: not a byte of the disk changes, no
 * journal is replayed, and what its own checker finds damaged is refused before the kernel sees it.
 * Throws UnsupportedDisk, CorruptDisk, UnusablePath.
 */
export const openUnchanged = async (order: UnchangedOrder): Promise<UnchangedDisk> => {
  const { disk, scratch, say } = order;
  await using stack = new AsyncDisposableStack();
  const survey = stack.use(await surveyDisk({ disk, mustGrow: false }));
  const check = checker(survey.devices);
  const found = await findRoot({ scratch, say, survey, check, stack, mayChange: false });
  const { mounts, remarks } = planMounts(found, survey.volumes, survey.size.table.kind === "gpt");
  remarks.forEach(say);
  const root = join(scratch, "root");
  for (const planned of mounts) {
    await check(planned.volume);
    const device = await survey.devices.of(planned.volume);
    const path = planned.path === "/" ? root : await folderIn(root, planned.path);
    stack.use(await mountUnchanged(planned, { device, path, scratch }));
  }
  const fat = mounts.filter(({ type }) => type === "vfat").map(({ path }) => path);
  const owned = stack.move();
  return { root, fat, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

interface Place {
  device: string;
  path: string;
  scratch: string;
}

const mountUnchanged = async (
  { type, volume, subvolume }: PlannedMount,
  { device, path, scratch }: Place,
): Promise<AsyncDisposable> => {
  if (type === "vfat" && !(await kernelHasFat())) {
    return espCopy({ device, size: volume.size, path, scratch: join(scratch, "esp") });
  }
  const options = isSystemType(type) ? unreplayed[type] : "ro,nodev,nosuid,noexec";
  const named = subvolume === undefined ? [] : [`subvol=${subvolume}`];
  const kept = options
    .split(",")
    .filter((option) => !option.startsWith("subvolid=") || subvolume === undefined);
  const mount = { source: device, type, options: [...kept, ...named].join(",") };
  return mountFileSystem(path, mount).catch((error: unknown) => {
    throw unmountable(volume, error);
  });
};

/** What the image mounts on must be there: nothing is made in it. */
const folderIn = async (root: string, path: string): Promise<string> => {
  const folder = await inside(root, path);
  if ((await lstat(folder).catch(() => undefined))?.isDirectory() === true) return folder;
  throw new UnsupportedDisk(
    `the image mounts something on ${shown(path)}, which is no folder of it`,
  );
};

/** Each volume once, by a checker that only looks. */
const checker = (devices: Devices) => {
  const checked = new Set<Volume>();
  return async (volume: Volume): Promise<void> => {
    const argv = lookers[volume.content?.type ?? ""];
    if (argv === undefined || checked.has(volume)) return;
    checked.add(volume);
    const { status, last } = await ran([...argv, await devices.of(volume)]);
    if (status !== 0) {
      throw new CorruptDisk(`${described(volume)} is damaged; its checker said:\n${last}`);
    }
  };
};

const ext = ["e2fsck", "-f", "-n"];
const lookers: Record<string, readonly string[]> = {
  ...{ ext2: ext, ext3: ext, ext4: ext },
  xfs: ["xfs_repair", "-n"],
  btrfs: ["btrfs", "check", "--readonly"],
};
