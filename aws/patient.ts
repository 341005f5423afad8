import { CloudBusy } from "../core/errors.ts";
import { codeOf, isAway } from "./machine/refusals.ts";

/**
 * The task, with another name for its error when AWS takes no more calls, failed by itself or did
 * not answer, and the SDK's own tries were not enough: its state then tries again, after a random
 * pause that grows. That is how a thousand bakes at once have turns at EC2's token buckets, and no
 * function's time is spent on waiting for one.
 */
export const patient =
  <Given extends unknown[], Answer>(task: (...given: Given) => Promise<Answer>) =>
  async (...given: Given): Promise<Answer> => {
    try {
      return await task(...given);
    } catch (error) {
      if (!isAway(error)) throw error;
      const words = `${codeOf(error)}: ${(error as Error).message}`;
      throw new CloudBusy(`AWS did not do what was asked of it (${words}); it is asked again`, {
        cause: error,
      });
    }
  };
