import { setTimeout as sleep } from "node:timers/promises";

/**
 * Milliseconds between two looks. What EC2 just made, it may not know for some seconds; together
 * they are 8 s, well within a task's 60.
 */
export const patience: readonly number[] = [250, 750, 1000, 2000, 4000];

/** Looks until something is seen, at most once more than there are pauses. */
export const lookAgain = async <T>(
  look: () => Promise<T | undefined>,
  pauses: readonly number[] = patience,
): Promise<T | undefined> => {
  for (const pause of pauses) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(pause);
  }
  return look();
};
