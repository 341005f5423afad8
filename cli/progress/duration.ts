export { durationText as duration } from "../../core/duration-text.ts";

/** Time since a beginning, for the margin of a log: `  63.4s`. */
export const clock = (seconds: number): string => `${Math.max(0, seconds).toFixed(1)}s`.padStart(8);
