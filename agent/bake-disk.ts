import { lstat } from "node:fs/promises";
import { basename } from "node:path";
import { NotBootable } from "../core/errors.ts";
import type { BakeJob, DiskFacts } from "../core/job.ts";
import type { BootFacts } from "./boot/facts.ts";
import type { Channel } from "./channel.ts";
import { afterSteps } from "./hygiene.ts";
import { inside } from "./inside.ts";
import { newDisk } from "./new-disk.ts";
import { openNetwork, type StepNetwork } from "./network.ts";
import { originDisk } from "./origin-disk.ts";
import { attempt, run } from "./run.ts";
import { runSteps } from "./steps.ts";

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
  /** How it boots, as it is by now. Throws NotBootable. */
  facts(): Promise<BootFacts>;
}

/** Makes the working disk what the recipe says. Throws the errors of core/errors.ts. */
export const bakeDisk = async (order: BakeOrder): Promise<DiskFacts> => {
  const { job, channel, scratch } = order;
  await using network = await openNetwork(scratch);
  await using disk = await readyDisk(order, network);
  const { root, fileSystem } = disk;
  await runSteps({ ...order, root, network });
  return await channel.step("Finish the disk", async (say) => {
    const kernel = await bootedKernel(root);
    await afterSteps({ root, keep: job.recipe.hygiene.keep, say });
    const facts = await disk.facts();
    // what was deleted a moment ago is free on the disk only when the file system has said so there
    await run(["sync", "--file-system", root]);
    // a freed block is a hole in the disk's file; without discard it is only a larger file
    const trimmed = await attempt(["fstrim", "--verbose", root]);
    trimmed.tail.forEach(say);
    return { fileSystem, kernel, ...facts };
  });
};

const readyDisk = (order: BakeOrder, network: StepNetwork): Promise<ReadyDisk> => {
  const { origin } = order.job.recipe;
  if (origin.kind === "scratch") return newDisk(order, origin, network);
  return originDisk(order);
};

const bootedKernel = async (root: string): Promise<string> => {
  const kernel = await bootFile(root, "/vmlinuz", "a kernel");
  await bootFile(root, "/initrd.img", "an initramfs");
  return basename(kernel);
};

const bootFile = async (root: string, link: string, what: string): Promise<string> => {
  const path = await inside(root, link);
  const there = await lstat(path).catch(() => undefined);
  if (there?.isFile() && there.size > 0) return path;
  throw new NotBootable(
    `the image has no ${link}, so it cannot boot; a package with ${what} must stay installed`,
  );
};
