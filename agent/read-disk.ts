import type { ReadJob } from "../core/agent-job.ts";
import type { Channel } from "./channel.ts";
import { openUnchanged } from "./disk/open-unchanged.ts";
import { readRegions } from "./disk/read-regions.ts";
import { takeInventory } from "./inventory/take.ts";
import { openThreads } from "./inventory/threads.ts";
import { writeInventory } from "./inventory/write.ts";

export interface ReadOrder {
  job: ReadJob;
  channel: Channel;
  /** A folder on a tmpfs. */
  scratch: string;
}

/** Takes the inventory of a finished disk, which stays as it is. Throws what its parts throw. */
export const readDisk = ({ job, channel, scratch }: ReadOrder): Promise<void> =>
  channel.step("Read the disk", async (say) => {
    const regions = await readRegions(job.disk);
    await using open = await openUnchanged({ disk: job.disk, scratch, say });
    await using threads = openThreads();
    const inventory = await takeInventory({ root: open.root, threads, fat: open.fat, say });
    await writeInventory(job.inventory, { ...inventory, regions });
  });
