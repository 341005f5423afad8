import { lstat, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { NotBootable } from "../core/errors.ts";
import type { BakeJob, BootMode, DiskFacts } from "../core/job.ts";
import type { Channel } from "./channel.ts";
import { inside } from "./inside.ts";
import { newDisk } from "./new-disk.ts";
import { openNetwork, type StepNetwork } from "./network.ts";
import { attempt, run } from "./run.ts";
import { runSteps } from "./steps.ts";
import { forgetMachine } from "./system.ts";

export interface BakeOrder {
  job: BakeJob;
  secrets: Record<string, string>;
  channel: Channel;
  /** A folder on a tmpfs. */
  scratch: string;
}

/** A working disk with a system on it, mounted, until the scope ends. */
export interface ReadyDisk extends AsyncDisposable {
  /** Where the image's root is mounted. */
  root: string;
  fileSystem: DiskFacts["fileSystem"];
  bootMode: BootMode;
}

/** Makes the working disk what the recipe says. Throws the errors of core/errors.ts. */
export const bakeDisk = async (order: BakeOrder): Promise<DiskFacts> => {
  const { job, channel, scratch } = order;
  await using network = await openNetwork(scratch);
  await using disk = await readyDisk(order, network);
  const { root, fileSystem, bootMode } = disk;
  await runSteps({ ...order, root, network });
  return await channel.step("Finish the disk", async (say) => {
    const facts = await finished(root);
    await forgetMachine(root);
    // what was deleted a moment ago is free on the disk only when the file system has said so there
    await run(["sync", "--file-system", root]);
    // a freed block is a hole in the disk's file; without discard it is only a larger file
    const trimmed = await attempt(["fstrim", "--verbose", root]);
    trimmed.tail.forEach(say);
    return { architecture: job.architecture, bootMode, fileSystem, ...facts };
  });
};

const readyDisk = (order: BakeOrder, network: StepNetwork): Promise<ReadyDisk> => {
  const { origin } = order.job.recipe;
  if (origin.kind === "scratch") return newDisk(order, origin, network);
  throw new Error("later");
};

const finished = async (root: string) => {
  const kernel = await bootFile(root, "/vmlinuz", "a kernel");
  await bootFile(root, "/initrd.img", "an initramfs");
  const release = await readFile(await inside(root, "/etc/os-release"), "utf8").catch(() => "");
  const operatingSystem = /^PRETTY_NAME="?(.*?)"?$/m.exec(release)?.[1] ?? "unknown";
  return { kernel: basename(kernel), operatingSystem };
};

const bootFile = async (root: string, link: string, what: string): Promise<string> => {
  const path = await inside(root, link);
  const there = await lstat(path).catch(() => undefined);
  if (there?.isFile() && there.size > 0) return path;
  throw new NotBootable(
    `the image has no ${link}, so it cannot boot; a package with ${what} must stay installed`,
  );
};
