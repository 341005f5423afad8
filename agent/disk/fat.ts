import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed, CorruptDisk, UnfitForEsp } from "../../core/errors.ts";
import { attempt } from "../run.ts";
import { ask, lastLines, told } from "./ask.ts";
import type { EspChanges } from "./esp-changes.ts";
import { plain } from "./shown.ts";

/** Whether the kernel can mount a FAT, if need be with a module. */
export const kernelHasFat = async (): Promise<boolean> => {
  // without the program there are no modules to load
  await attempt(["modprobe", "--quiet", "vfat"]).catch(() => undefined);
  return /\tvfat$/m.test(await readFile("/proc/filesystems", "utf8"));
};

export interface FatCopy extends AsyncDisposable {
  path: string;
}

/** Copies all of a FAT into a new folder, which is removed with the scope. */
export const freshCopy = async (device: string, path: string): Promise<FatCopy> => {
  await mkdir(path);
  await copyOut(device, path);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

/** Copies all of a FAT into a folder. Throws CorruptDisk. */
export const copyOut = async (device: string, path: string): Promise<void> => {
  // -s: folders too; -n: nothing is asked; -m: times stay
  const argv = ["mcopy", "-s", "-n", "-m", "-i", device, "::/", `${path}/`];
  const { status, stderr } = await ask(argv);
  if (status === 0) return;
  const why = lastLines(stderr).map(plain).join("\n");
  throw new CorruptDisk(`the EFI system partition cannot be read; mcopy said:\n${why}`);
};

/** Does to a FAT what was done to its copy. Throws UnfitForEsp. */
export const applyChanges = async (
  device: string,
  copy: string,
  changes: EspChanges,
): Promise<void> => {
  const mtool = (name: string, ...words: string[]) => told([name, "-i", device, ...words]);
  for (const path of changes.removeFiles) await mtool("mdel", `::/${path}`);
  for (const path of changes.removeFolders) await mtool("mrd", `::/${path}`);
  for (const path of changes.makeFolders) await mtool("mmd", `::/${path}`);
  for (const { from, to } of changes.write) await write(device, join(copy, from), to);
};

const write = async (device: string, from: string, to: string): Promise<void> => {
  const argv = ["mcopy", "-o", "-m", "-i", device, "--", from, `::/${to}`];
  const { status, stderr } = await ask(argv);
  if (status === 0) return;
  if (/disk full|no free|no directory slots/i.test(stderr)) {
    throw new UnfitForEsp(
      `the EFI system partition is full: ${to} did not fit; remove what is not needed from it ` +
        "(old kernels), or take an origin with a larger one",
    );
  }
  throw new CommandFailed(`${argv.join(" ")} failed\n${lastLines(stderr).join("\n")}`);
};
