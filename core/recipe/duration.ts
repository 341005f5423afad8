import * as z from "zod";
import { pattern, whole } from "./shape.ts";

const MOST = 12 * 60 * 60;
const RIGHT = "a duration is from 1s to 12h, as in 90s, 10m or 2h; a plain number is seconds";
const SECONDS = new Map([
  ["", 1],
  ["s", 1],
  ["m", 60],
  ["h", 60 * 60],
]);

/** Seconds of a duration such as `90s`, `10m`, `2h`, or a plain number of seconds. */
export const seconds = (duration: string | number): number => {
  if (typeof duration === "number") return duration;
  const [, count = "", unit = ""] = /^([0-9]+)([smh]?)$/.exec(duration) ?? [];
  return count === "" ? NaN : Number(count) * (SECONDS.get(unit) ?? NaN);
};

// Of a malformed one, which is NaN, the pattern tells.
const inRange = (text: string): boolean => !(seconds(text) < 1 || seconds(text) > MOST);

/** How long something may take. */
export const Duration = z
  .union(
    [pattern(/^[0-9]+[smh]?$/, RIGHT).refine(inRange, { error: RIGHT }), whole(1, MOST, RIGHT)],
    { error: RIGHT },
  )
  .describe(RIGHT);
