import { open, readdir, readFile, realpath } from "node:fs/promises";
import { run } from "./run.ts";

/** A part of a disk as a block device. */
export interface LoopDevice extends AsyncDisposable {
  path: string;
}

/** Bytes. */
interface Part {
  start: number;
  size: number;
}

/**
 * Attaches a part of a disk image as a loop device that goes when nobody uses it any more: kernels
 * without partition nodes need no others, and a kill leaves none. Detaching a device that is open
 * marks it to be let go of at its last close; from then on our descriptor, and later the mount,
 * hold it. Between the two calls a kill leaves it attached; the sweep looks for those. A part that
 * is attached already is held once more, by the same device.
 */
export const attachLoop = async (disk: string, part: Part): Promise<LoopDevice> => {
  const there = await attachedAt(disk, part);
  if (there !== undefined) return held(there);
  const [path = ""] = await run([
    ...alone,
    ...["losetup", "--find", "--show", "--nooverlap"],
    ...["--offset", String(part.start), "--sizelimit", String(part.size), disk],
  ]);
  const device = await held(path);
  await run(["losetup", "--detach", path]);
  return device;
};

/** Two that look for a free device at once find the same, and losetup(8) waits before it looks again. */
const alone = ["flock", "--no-fork", "/dev/loop-control"];

const held = async (path: string): Promise<LoopDevice> => {
  const holder = await open(path, "r");
  return { path, [Symbol.asyncDispose]: () => holder.close() };
};

const attachedAt = async (disk: string, part: Part): Promise<string | undefined> => {
  const path = await realpath(disk); // as the kernel names its files
  const names = (await readdir("/sys/block")).filter((name) => /^loop\d+$/.test(name));
  const found = await Promise.all(names.map((name) => isAt(name, path, part)));
  const name = names[found.indexOf(true)];
  return name === undefined ? undefined : `/dev/${name}`;
};

/** By Documentation/ABI/testing/sysfs-block-loop of Linux; one that is not attached says nothing. */
const isAt = async (name: string, path: string, { start, size }: Part): Promise<boolean> => {
  const said = (attribute: string) =>
    readFile(`/sys/block/${name}/loop/${attribute}`, "utf8").catch(() => "");
  if ((await said("backing_file")) !== `${path}\n`) return false;
  return Number(await said("offset")) === start && Number(await said("sizelimit")) === size;
};
