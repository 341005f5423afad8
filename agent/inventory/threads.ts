import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InventoryFailed } from "../../core/errors.ts";
import { inventoryThread } from "../programs.ts";
import type { Report, Work } from "./work.ts";

/** Threads that read an image. */
export interface Threads extends AsyncDisposable {
  count: number;
  /**
   * Gives out work until there is none and none is under way: a report may bring more. What
   * `onReport` throws, and what a thread could not read, ends it. Throws InventoryFailed.
   */
  drain(order: Drain): Promise<void>;
}

export interface Drain {
  next(): Work | undefined;
  onReport(report: Report): void;
  /** How many threads work; all, when absent. */
  most?: number;
}

/**
 * MiB of a thread's heap: an image that needs more is an error, not the end of the agent. What is
 * young in it is a folder's part, and is let go of before it is many.
 */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 };

/** One thread a processor: they read as fast as they compute. Each starts when there is work for it. */
export const openThreads = (count = availableParallelism()): Threads => {
  const workers = new Set<Worker>();
  const start = (): Worker => {
    const worker = new Worker(inventoryThread, { resourceLimits });
    workers.add(worker);
    worker.once("exit", () => workers.delete(worker));
    worker.on("error", () => undefined); // who gave it work hears of it
    return worker;
  };
  return {
    count,
    drain: ({ most = count, ...order }) => drain([...workers].slice(0, most), most, order, start),
    async [Symbol.asyncDispose]() {
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
};

const drain = async (
  there: readonly Worker[],
  most: number,
  { next, onReport }: Drain,
  start: () => Worker,
): Promise<void> => {
  const end = Promise.withResolvers<void>();
  const team = new Map<Worker, (report: Report) => void>();
  const idle = new Set<Worker>();
  const fail = (error: Error) => end.reject(failure(error));
  const join = (worker: Worker) => {
    const hear = (report: Report) => {
      try {
        if (report.kind === "done") idle.add(worker);
        else onReport(report);
        give();
      } catch (error) {
        end.reject(error);
      }
    };
    worker.on("message", hear).on("error", fail);
    team.set(worker, hear);
    idle.add(worker);
  };
  const give = () => {
    while (idle.size > 0 || team.size < most) {
      const work = next();
      if (work === undefined) break;
      if (idle.size === 0) join(start());
      const [worker] = idle;
      if (worker === undefined) break;
      idle.delete(worker);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
      worker.postMessage(work);
    }
    if (idle.size === team.size) end.resolve();
  };
  there.forEach(join);
  try {
    give();
    await end.promise;
  } catch (error) {
    // nobody would tell what they still say from what they are asked next
    await Promise.all([...team.keys()].map((worker) => worker.terminate()));
    throw error;
  } finally {
    for (const [worker, hear] of team) worker.off("message", hear).off("error", fail);
  }
};

/** What of an image could not be read. */
export const failure = (error: Error): InventoryFailed =>
  new InventoryFailed(
    `the image's inventory could not be taken: ${error.message}; check its file system`,
    { cause: error },
  );
