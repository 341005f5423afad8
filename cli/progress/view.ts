import type { BakeEvent } from "../../core/bake-event.ts";
import { printable, printableLines } from "./printable.ts";

export type Status = "running" | "succeeded" | "failed" | "skipped";

/** A state or a step as it is shown. */
export interface Work {
  name: string;
  status: Status;
  /** Milliseconds since the epoch. */
  began: number;
  seconds?: number;
  reason?: string;
}

export interface StepWork extends Work {
  /** The last line it printed. */
  output: string;
}

export interface StateWork extends Work {
  steps: StepWork[];
}

/** The states that are running, in the order in which they were entered. */
export type View = StateWork[];

/** Brings the view up to an event; answers the states that it leaves behind. */
export const advance = (view: View, event: BakeEvent): StateWork[] => {
  switch (event.event) {
    case "state-entered":
      view.push({ ...begun(event.state, event.at), steps: [] });
      return [];
    case "state-exited":
      return leave(view, event);
    case "step-started":
      view.at(-1)?.steps.push({ ...begun(printable(event.step), event.at), output: "" });
      return [];
    case "step-output":
      setOutput(findStep(view, event.step), event.text);
      return [];
    case "step-finished":
      finishStep(view, event);
      return [];
    case "bake-finished":
      return view.splice(0).map(cutOff);
    case "bake-started":
    default:
      return [];
  }
};

/** What still ran when the bake ended did not succeed. */
const cutOff = (state: StateWork): StateWork => {
  const running = [state, ...state.steps].filter(({ status }) => status === "running");
  for (const work of running) work.status = "failed";
  return state;
};

const begun = (name: string, at: number): Work => ({ name, status: "running", began: at });

const leave = (view: View, event: Extract<BakeEvent, { event: "state-exited" }>): StateWork[] => {
  const index = view.findIndex(({ name }) => name === event.state);
  if (index < 0) return [];
  const left = view.splice(index, 1);
  for (const state of left) Object.assign(state, { status: event.status, seconds: event.seconds });
  return left;
};

const findStep = (view: View, step: string): StepWork | undefined => {
  const name = printable(step);
  return view
    .flatMap(({ steps }) => steps)
    .findLast((work) => work.name === name && work.status === "running");
};

const setOutput = (step: StepWork | undefined, text: string): void => {
  const last = printableLines(text).findLast((line) => line.trim() !== "");
  if (step !== undefined && last !== undefined) step.output = last;
};

const finishStep = (view: View, event: Extract<BakeEvent, { event: "step-finished" }>): void => {
  const running = findStep(view, event.step);
  const { status, seconds } = event;
  const reason = event.reason === undefined ? undefined : printable(event.reason);
  if (running !== undefined) Object.assign(running, { status, seconds, reason, output: "" });
  // A skipped step may never have been started.
  else {
    const step = begun(printable(event.step), event.at);
    view.at(-1)?.steps.push({ ...step, status, seconds, reason, output: "" });
  }
};
