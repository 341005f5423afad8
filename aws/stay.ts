import { setTimeout as sleep } from "node:timers/promises";
import type { Stay } from "../core/stay.ts";

/**
 * Looks again and again, at most as long as a function may stay; throws what the last look threw.
 * `pauseAfter` says how many milliseconds to wait after a look that threw that error, 0 for not to
 * stay, and throws what no further look would change. What is left of the time is waited for, too,
 * when the pause is longer: so that the state's next call comes no sooner than it should.
 */
export const staying = async <Answer>(
  { most }: Pick<Stay, "most">,
  look: (count: number) => Promise<Answer>,
  pauseAfter: (error: unknown) => number,
): Promise<Answer> => {
  const end = Date.now() + most;
  for (let count = 0; ; count++) {
    try {
      return await look(count);
    } catch (error) {
      const pause = pauseAfter(error);
      const wait = Math.min(pause, end - Date.now());
      if (wait > 0) await sleep(wait);
      if (wait < pause || pause === 0) throw error;
    }
  }
};
