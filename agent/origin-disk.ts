import { OriginRefused } from "../core/errors.ts";
import { noOrigins } from "../core/inventory/found/package-list.ts";
import { isStock as isStockOrigin } from "../core/origin.ts";
import { findBootFacts } from "./boot/facts.ts";
import type { BakeOrder } from "./bake-order.ts";
import type { ReadyDisk } from "./ready-disk.ts";
import { openDisk } from "./disk/open-disk.ts";
import { beforeSteps } from "./hygiene.ts";

/**
 * Opens a disk that holds a system already; `resumed`, when an earlier bake began on it.
 * Throws UnsupportedDisk, CorruptDisk, OriginRefused.
 */
export const originDisk = async (
  order: BakeOrder,
  { resumed = false } = {},
): Promise<ReadyDisk> => {
  const { job, channel, scratch } = order;
  // nobody vouches for a stock disk; what was baked here was looked at when it was imported
  const isStock = isStockOrigin(job.origin) && !resumed;
  return channel.step("Open the disk", async (say) => {
    await using scope = new AsyncDisposableStack();
    const disk = scope.use(
      await openDisk({
        ...{ disk: job.disk, scratch, say },
        check: isStock ? "full" : "journal",
        mustGrow: job.recipe.rootVolumeSize !== undefined && !resumed,
      }),
    );
    const { root, fileSystem, mounts, writeBack } = disk;
    const partitions = [...disk.table.partitions];
    // the boot sector of a file system on the whole disk ends as an MBR does
    const label = partitions.length === 0 ? "none" : disk.table.kind;
    const table = { label, partitions };
    const esp = mounts.find(({ type }) => type === "vfat")?.path;
    const facts = () => findBootFacts({ root, disk: job.disk, table, esp });
    const { architecture } = await facts();
    if (architecture !== job.architecture) {
      throw new OriginRefused(
        `the origin is a disk of ${architecture}, and the bake is for ${job.architecture}; say architecture: ${architecture}`,
      );
    }
    if (isStock) await beforeSteps({ root, keep: job.recipe.hygiene.keep, say });
    const open = scope.move();
    const ready = {
      root,
      fileSystem,
      mounts,
      facts,
      writeBack,
      repositories: [],
      origins: noOrigins,
    };
    return { ...ready, [Symbol.asyncDispose]: () => open.disposeAsync() };
  });
};
