import { join } from "node:path";
import type { ScratchOrigin } from "../core/origin.ts";
import type { BakeOrder } from "./bake-order.ts";
import type { ReadyDisk } from "./ready-disk.ts";
import { installBios } from "./boot-loader/bios.ts";
import { installUefi } from "./boot-loader/uefi.ts";
import { findBootFacts } from "./boot/facts.ts";
import type { BootMount } from "./boot/mounts.ts";
import { espCopy, type EspOrder, type WrittenBack } from "./disk/esp.ts";
import { kernelHasFat } from "./disk/fat.ts";
import { readTable } from "./disk/read-table.ts";
import { sizeOfDisk } from "./disk/size-of-disk.ts";
import type { PartitionTable } from "./disk/table.ts";
import { makeFileSystem, mountOptions } from "./file-system.ts";
import { folderInside } from "./inside.ts";
import { fatUuid, type Layout, layOut, sfdiskScript } from "./layout.ts";
import { attachLoop } from "./loop.ts";
import { mounted } from "./mount.ts";
import type { LateNetwork } from "./network.ts";
import { run } from "./run.ts";
import { openSandbox } from "./sandbox.ts";
import { installScratch } from "./scratch.ts";
import { configureSystem } from "./system.ts";

/** Makes an empty disk one that boots a distribution. Throws OriginFailed, NotBootable. */
export const newDisk = async (
  order: BakeOrder,
  origin: ScratchOrigin,
  network: LateNetwork,
): Promise<ReadyDisk> => {
  const { job, channel, scratch } = order;
  const { fileSystem } = origin;
  const size = await sizeOfDisk(job.disk);
  const seed = JSON.stringify([origin, job.architecture]);
  const layout = layOut(size, fileSystem, job.architecture, seed);
  await channel.step("Partition the disk", () => partitionDisk(order, layout));
  await using scope = new AsyncDisposableStack();
  const device = scope.use(await attachLoop(job.disk, layout.root));
  await makeFileSystem(device.path, layout);
  const options = mountOptions[fileSystem];
  const source = { source: device.path, type: fileSystem, options };
  const root = scope.use(await mounted(join(scratch, "root"), source));
  const { repositories, origins } = await install({
    order,
    origin,
    layout,
    root: root.path,
    network,
  });
  const target = await folderInside(root.path, espPath);
  const { path: partition } = scope.use(await attachLoop(job.disk, layout.esp));
  const esp = scope.use(
    await mountEsp({
      device: partition,
      size: layout.esp.size,
      path: target,
      scratch: join(scratch, "esp"),
    }),
  );
  const { kind: label, partitions } = await readTable(job.disk, size);
  const table = { label, partitions: [...partitions] };
  const open = scope.move();
  return {
    root: root.path,
    fileSystem,
    mounts: mountsOf(layout, partitions),
    ...{ repositories, origins },
    writeBack: async () => esp.writeBack?.(),
    facts: () => findBootFacts({ root: root.path, disk: job.disk, table, esp: espPath }),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
};

const espPath = "/boot/efi";

const mountEsp = async (esp: EspOrder): Promise<WrittenBack> =>
  (await kernelHasFat())
    ? mounted(esp.path, { source: esp.device, type: "vfat", options: "umask=0077,nodev,nosuid" })
    : espCopy(esp);

const mountsOf = (layout: Layout, partitions: PartitionTable["partitions"]): BootMount[] => {
  const partitionOf = ({ number }: { number: number }): BootMount["partition"] => ({
    ...{ table: "gpt", number },
    uuid: partitions.find((one) => one.number === number)?.uuid ?? "",
  });
  const { root, esp, rootUuid, espSerial, fileSystem } = layout;
  return [
    { path: "/", type: fileSystem, uuid: rootUuid, label: "root", partition: partitionOf(root) },
    { path: espPath, type: "vfat", uuid: fatUuid(espSerial), partition: partitionOf(esp) },
  ];
};

const partitionDisk = async ({ job, scratch }: BakeOrder, layout: Layout): Promise<void> => {
  await run(["sfdisk", "--quiet", "--no-tell-kernel", job.disk], { input: sfdiskScript(layout) });
  const { architecture } = job;
  await installUefi(job.disk, layout, architecture, scratch);
  if (architecture === "x86_64") await installBios(job.disk, layout, scratch);
};

interface Install {
  order: BakeOrder;
  origin: ScratchOrigin;
  layout: Layout;
  root: string;
  network: LateNetwork;
}

const install = async ({ order, origin, layout, root, network }: Install) => {
  const { architecture, packageCache } = order.job;
  return order.channel.step(`Install ${origin.distribution} ${origin.suite}`, async (say) => {
    const { scratch } = order;
    const installed = { origin, architecture, root, network, scratch, say, packageCache };
    const found = await installScratch(installed);
    await using sandbox = await openSandbox({ root, network, scratch: order.scratch });
    await configureSystem(sandbox, layout);
    return found;
  });
};
