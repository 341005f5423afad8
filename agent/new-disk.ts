import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { BootMode } from "../core/job.ts";
import type { ScratchOrigin } from "../core/origin.ts";
import type { BakeOrder, ReadyDisk } from "./bake-disk.ts";
import { installBios } from "./boot-loader/bios.ts";
import { installUefi } from "./boot-loader/uefi.ts";
import { operatingSystemOf } from "./boot/operating-system.ts";
import { makeFileSystem, mountOptions } from "./file-system.ts";
import { type Layout, layOut, sfdiskScript } from "./layout.ts";
import { attachLoop } from "./loop.ts";
import { mounted } from "./mount.ts";
import type { StepNetwork } from "./network.ts";
import { run } from "./run.ts";
import { openSandbox } from "./sandbox.ts";
import { installScratch } from "./scratch.ts";
import { configureSystem } from "./system.ts";

/** Makes an empty disk one that boots a distribution. Throws OriginFailed, NotBootable. */
export const newDisk = async (
  order: BakeOrder,
  origin: ScratchOrigin,
  network: StepNetwork,
): Promise<ReadyDisk> => {
  const { job, channel, scratch } = order;
  const { fileSystem } = origin;
  const layout = layOut((await stat(job.disk)).size, fileSystem, job.architecture);
  const bootMode = await channel.step("Partition the disk", () => partition(order, layout));
  await using scope = new AsyncDisposableStack();
  const device = scope.use(await attachLoop(job.disk, layout.root));
  await makeFileSystem(device.path, layout);
  const options = mountOptions[fileSystem];
  const source = { source: device.path, type: fileSystem, options };
  const root = scope.use(await mounted(join(scratch, "root"), source));
  await install({ order, origin, layout, root: root.path, network });
  const open = scope.move();
  return {
    root: root.path,
    fileSystem,
    facts: async () => ({
      ...{ architecture: job.architecture, bootMode },
      operatingSystem: await operatingSystemOf(root.path),
    }),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
};

const partition = async ({ job, scratch }: BakeOrder, layout: Layout): Promise<BootMode> => {
  await run(["sfdisk", "--quiet", "--no-tell-kernel", job.disk], { input: sfdiskScript(layout) });
  const { architecture } = job;
  await installUefi(job.disk, layout, architecture, scratch);
  const bios = architecture === "x86_64" && (await installBios(job.disk, layout, scratch));
  return bios ? "uefi-preferred" : "uefi";
};

interface Install {
  order: BakeOrder;
  origin: ScratchOrigin;
  layout: Layout;
  root: string;
  network: StepNetwork;
}

const install = async ({ order, origin, layout, root, network }: Install): Promise<void> => {
  const { architecture, packageCache } = order.job;
  await order.channel.step(`Install ${origin.distribution} ${origin.suite}`, async (say) => {
    await installScratch({ origin, architecture, root, network, say, packageCache });
    await using sandbox = await openSandbox({ root, network, scratch: order.scratch });
    await configureSystem(sandbox, layout);
  });
};
