import { setTimeout as sleep } from "node:timers/promises";

/**
 * Milliseconds between two looks. What EC2 just made, it may not know for some seconds; together
 * they are 8 s, well within a task's 60.
 */
export const patience: readonly number[] = [250, 750, 1000, 2000, 4000];

/** Asks until there is an answer, at most once more than there are pauses. */
export const lookAgain = async <T>(
  ask: () => Promise<T | undefined>,
  pauses: readonly number[] = patience,
): Promise<T | undefined> => {
  for (const pause of pauses) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(pause);
  }
  return ask();
};
