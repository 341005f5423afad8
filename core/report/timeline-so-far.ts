import type { AgentStep } from "../agent-steps.ts";
import type { StateSpan, Timeline } from "./timeline-of.ts";

/** A bake that goes on. */
export interface SoFar {
  /** When each of its states was entered, by its name: ISO 8601. */
  entered: Readonly<Record<string, string>>;
  /** Of its agent. */
  steps: readonly AgentStep[];
  now: Date;
}

/**
 * The timeline of a bake in its midst. One state follows another at once, so that each ends as the
 * next one is entered; the last has not ended. Undefined where nobody said when one was entered.
 */
export const timelineSoFar = ({ entered, steps, now }: SoFar): Timeline | undefined => {
  const begins = Object.entries(entered).map(([name, at]) => ({ name, began: Date.parse(at) }));
  begins.sort((one, other) => one.began - other.began);
  const [first] = begins;
  if (first === undefined) return undefined;
  const states = begins.map(({ name, began }, index): StateSpan => {
    const end = begins[index + 1]?.began ?? now.getTime();
    return {
      ...{ name, began, seconds: secondsFrom(began, end), status: "succeeded" },
      steps: name === "RunAgent" ? [...steps] : [],
    };
  });
  return { began: first.began, seconds: secondsFrom(first.began, now.getTime()), states };
};

/** Clocks of different machines may differ by a little. */
const secondsFrom = (began: number, end: number): number => Math.max(0, end - began) / 1000;
