import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed, UnfitForEsp } from "../../core/errors.ts";
import { mounted } from "../mount.ts";
import { attempt } from "../run.ts";
import { ask, lastLines, told } from "./ask.ts";
import { type EspChanges, espChanges } from "./esp-changes.ts";
import { manifestOf } from "./manifest.ts";

/** Whether the kernel can mount a FAT, if need be with a module. */
export const kernelHasFat = async (): Promise<boolean> => {
  // without the program there are no modules to load
  await attempt(["modprobe", "--quiet", "vfat"]).catch(() => undefined);
  return /\tvfat$/m.test(await readFile("/proc/filesystems", "utf8"));
};

export interface EspOrder {
  device: string;
  /** Where it is wanted, on the host. */
  path: string;
  /** A folder of its own on a tmpfs. */
  scratch: string;
}

/**
 * Puts a copy of a FAT, on a tmpfs, where the FAT would be mounted; what has changed in it when the
 * scope ends is written back. Throws UnfitForEsp, then.
 */
export const espCopy = async ({ device, path, scratch }: EspOrder): Promise<AsyncDisposable> => {
  await using stack = new AsyncDisposableStack();
  const memory = { source: "tmpfs", type: "tmpfs", options: "nodev,mode=0755" };
  const copy = stack.use(await mounted(path, memory));
  await copyOut(device, copy.path);
  const before = await manifestOf(copy.path);
  stack.defer(async () => {
    const after = await manifestOf(copy.path);
    const changes = espChanges(before, after);
    if (Object.values(changes).every((list) => list.length === 0)) return;
    await apply(device, copy.path, changes);
    await verify(device, copy.path, scratch);
  });
  return stack.move();
};

/** -s: folders too; -m: times stay. */
const copyOut = (device: string, path: string): Promise<string> =>
  told(["mcopy", "-s", "-n", "-m", "-i", device, "::/", `${path}/`]);

const apply = async (device: string, copy: string, changes: EspChanges): Promise<void> => {
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

/** What is on the partition now decides whether the image boots, so it is read again. */
const verify = async (device: string, copy: string, scratch: string): Promise<void> => {
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  await copyOut(device, scratch);
  const [wanted, written] = [await manifestOf(copy), await manifestOf(scratch)];
  await rm(scratch, { recursive: true });
  const digests = (manifest: typeof wanted) =>
    new Map([...manifest].map(([path, digest]) => [path.toLowerCase(), digest]));
  const there = digests(written);
  // of two names that are one to a FAT, either is there
  const lost = [...digests(wanted)].filter(([path, digest]) => {
    const twins = [...wanted.keys()].filter((one) => one.toLowerCase() === path);
    return twins.length === 1 && there.get(path) !== digest;
  });
  if (lost.length === 0 && there.size === digests(wanted).size) return;
  throw new CommandFailed(
    `the EFI system partition is not what it should be after writing: ${lost.map(([path]) => path).join(", ")}`,
  );
};
