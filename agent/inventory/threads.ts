import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InventoryFailed } from "../../core/errors.ts";
import { inventoryThread } from "../programs.ts";
import type { ImageRoot, Report, Work } from "./work.ts";

/** Threads that read an image. */
export interface Threads extends AsyncDisposable {
  count: number;
  /**
   * Gives out work until there is none and none is under way: a report may bring more. What
   * `onReport` throws, and what a thread could not read, ends it. Throws InventoryFailed.
   */
  drain(next: () => Work | undefined, onReport: (report: Report) => void): Promise<void>;
}

/**
 * MiB of a thread's heap: an image that needs more is an error, not the end of the agent. What is
 * young in it is a folder's part, and is let go of before it is many.
 */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 };

/** One thread a processor, unless told otherwise: they read as fast as they compute. */
export const openThreads = (image: ImageRoot, count = availableParallelism()): Threads => {
  const workers = Array.from(
    { length: count },
    () => new Worker(inventoryThread, { workerData: image, resourceLimits }),
  );
  return {
    count: workers.length,
    drain: (next, onReport) => drain(workers, next, onReport),
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
};

const drain = (
  workers: readonly Worker[],
  next: () => Work | undefined,
  onReport: (report: Report) => void,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const idle = new Set(workers);
    const give = () => {
      for (const worker of idle) {
        const work = next();
        if (work === undefined) break;
        idle.delete(worker);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
        worker.postMessage(work);
      }
      if (idle.size === workers.length) resolve();
    };
    const fail = (error: Error) => reject(failure(error));
    for (const worker of workers) {
      worker.removeAllListeners();
      worker.once("error", fail);
      worker.on("message", (report: Report) => {
        try {
          if (report.kind === "done") idle.add(worker);
          else onReport(report);
          give();
        } catch (error) {
          reject(error);
        }
      });
    }
    give();
  });

const failure = (error: Error): InventoryFailed =>
  new InventoryFailed(
    `the image's inventory could not be taken: ${error.message}; check its file system`,
    { cause: error },
  );
