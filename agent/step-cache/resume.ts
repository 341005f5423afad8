import { rename, rm } from "node:fs/promises";
import type { KeptDisk } from "../../core/step-cache.ts";
import type { BakeOrder } from "../bake-order.ts";
import type { LateNetwork } from "../network.ts";
import { run } from "../run.ts";
import { askAgain } from "./ask-again.ts";

type Kept = NonNullable<BakeOrder["job"]["stepCache"]>["kept"][number];

/**
 * Makes the working disk what an earlier bake's was after the most steps that need not be done
 * again; undefined when all of them must be. What was installed since then from repositories that
 * have changed must be installed anew.
 */
export const resumeDisk = async (
  { job, channel }: BakeOrder,
  network: LateNetwork,
): Promise<KeptDisk | undefined> => {
  const kept = job.stepCache?.kept ?? [];
  if (kept.length === 0) return undefined;
  return channel.step("Resume from the step cache", async (say) => {
    const urls = new Set(kept.flatMap(({ repositories }) => repositories.map(({ url }) => url)));
    const now = await askAgain([...urls], network);
    for (const one of kept) {
      const changed = one.repositories.find(({ url, digest }) => now.get(url) !== digest);
      if (changed !== undefined) {
        const what = now.has(changed.url) ? "has changed" : "could not be read";
        say(`${changed.url} ${what} since ${after(one)}`);
      } else if (await copied(one, job.disk)) {
        say(`the disk is as it was ${after(one)}; ${Math.round(one.seconds)} s of work are saved`);
        return one;
      }
    }
    say("every step must run");
    return undefined;
  });
};

const after = ({ steps }: Kept): string =>
  steps === 0 ? "before the first step" : `after step ${steps}`;

/** Another bake may have removed it at this moment, for want of room. */
const copied = async ({ disk }: Kept, to: string): Promise<boolean> => {
  const aside = `${to}.resumed`;
  try {
    await run(["cp", "--reflink=auto", "--sparse=auto", "--", disk, aside]);
    await rename(aside, to);
    return true;
  } catch {
    await rm(aside, { force: true });
    return false;
  }
};
