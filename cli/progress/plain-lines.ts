import type { BakeEvent } from "../../core/bake-event.ts";
import { recipeOfBake } from "../../core/ids.ts";
import { clock, duration } from "./duration.ts";
import { printable, printableLines } from "./printable.ts";
import type { Out, Progress, Show } from "./progress.ts";

/** A line an event, with the time since the bake began; no escapes, for logs. */
export const plainLines = (out: Out, { several }: Show): Progress => {
  let began: number | undefined;
  return {
    show(event) {
      began ??= event.at;
      const margin = clock((event.at - began) / 1000);
      const name = several ? `${recipeOfBake(event.bake)}  ` : "";
      for (const line of linesOf(event)) out.write(`${margin}  ${name}${line}\n`);
    },
    note(line) {
      for (const part of printableLines(line)) out.write(`${part}\n`);
    },
    [Symbol.dispose]() {},
  };
};

const linesOf = (event: BakeEvent): string[] => {
  switch (event.event) {
    case "bake-started":
      return [`bake ${event.bake} of ${printable(event.recipe)}`];
    case "state-entered":
      return [event.state];
    case "state-exited":
      return [`${event.state} ${event.status} in ${duration(event.seconds)}`];
    case "state-waits":
      return [`  ${printable(event.message)}`];
    case "step-started":
      return [`  ${printable(event.step)}`];
    case "step-output":
      return printableLines(event.text).map((line) => `    ${line}`);
    case "step-finished":
      return [stepLine(event)];
    case "announced":
      return []; // its bake ends the next moment, and says the same
    case "bake-finished":
    default:
      return [`${event.status} in ${duration(event.seconds)}`, ...placesOf(event)];
  }
};

const stepLine = (event: Extract<BakeEvent, { event: "step-finished" }>): string => {
  const step = printable(event.step);
  if (event.status !== "skipped") {
    return `  ${step} ${event.status} in ${duration(event.seconds)}`;
  }
  return `  ${step} skipped${event.reason === undefined ? "" : `: ${printable(event.reason)}`}`;
};

/** Where more is to be read of a bake that ended. */
export const placesOf = ({ log, report }: Extract<BakeEvent, { event: "bake-finished" }>) => [
  ...(log === undefined ? [] : [`log: ${printable(log)}`]),
  ...(report === undefined ? [] : [`report: ${printable(report)}`]),
];
