import { lstat, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { NotBootable } from "../core/errors.ts";
import type { BakeJob, BootMode, DiskFacts } from "../core/job.ts";
import { installBios } from "./boot-loader/bios.ts";
import { installUefi } from "./boot-loader/uefi.ts";
import type { Channel } from "./channel.ts";
import { makeFileSystem, mountOptions } from "./file-system.ts";
import { inside } from "./inside.ts";
import { type Layout, layOut, sfdiskScript } from "./layout.ts";
import { attachLoop } from "./loop.ts";
import { mounted } from "./mount.ts";
import { openNetwork, type StepNetwork } from "./network.ts";
import { attempt, run } from "./run.ts";
import { openSandbox } from "./sandbox.ts";
import { installScratch } from "./scratch.ts";
import { runSteps } from "./steps.ts";
import { configureSystem, forgetMachine } from "./system.ts";

export interface BakeOrder {
  job: BakeJob;
  secrets: Record<string, string>;
  channel: Channel;
  /** A folder on a tmpfs. */
  scratch: string;
}

/** Makes the working disk what the recipe says. Throws the errors of core/errors.ts. */
export const bakeDisk = async (order: BakeOrder): Promise<DiskFacts> => {
  const { job, channel, scratch } = order;
  const { architecture, fileSystem } = job.recipe;
  const layout = layOut((await stat(job.disk)).size, fileSystem, architecture);
  const bootMode = await channel.step("Partition the disk", () => partition(job, layout, scratch));
  await using device = await attachLoop(job.disk, layout.root);
  await makeFileSystem(device.path, layout);
  await using network = await openNetwork(scratch);
  const options = mountOptions[fileSystem];
  const source = { source: device.path, type: fileSystem, options };
  await using root = await mounted(join(scratch, "root"), source);
  await install(order, layout, root.path, network);
  await runSteps({ ...order, root: root.path, network });
  return await channel.step("Finish the disk", async (say) => {
    const facts = await finished(root.path);
    await forgetMachine(root.path);
    // what was deleted a moment ago is free on the disk only when the file system has said so there
    await run(["sync", "--file-system", root.path]);
    // a freed block is a hole in the disk's file; without discard it is only a larger file
    const trimmed = await attempt(["fstrim", "--verbose", root.path]);
    trimmed.tail.forEach(say);
    return { architecture, bootMode, fileSystem, ...facts };
  });
};

const partition = async (job: BakeJob, layout: Layout, scratch: string): Promise<BootMode> => {
  await run(["sfdisk", "--quiet", "--no-tell-kernel", job.disk], { input: sfdiskScript(layout) });
  const { architecture } = job.recipe;
  await installUefi(job.disk, layout, architecture, scratch);
  const bios = architecture === "x86_64" && (await installBios(job.disk, layout, scratch));
  return bios ? "uefi-preferred" : "uefi";
};

const install = async (
  { job, channel, scratch }: BakeOrder,
  layout: Layout,
  root: string,
  network: StepNetwork,
): Promise<void> => {
  const { origin, architecture } = job.recipe;
  const { distribution, suite } = origin.scratch;
  await channel.step(`Install ${distribution} ${suite}`, async (say) => {
    const { packageCache } = job;
    const order = { origin: origin.scratch, architecture, layout, root, network, say };
    await installScratch({ ...order, packageCache });
    await using sandbox = await openSandbox({ root, network, scratch });
    await configureSystem(sandbox, layout);
  });
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
