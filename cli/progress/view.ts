import type { BakeEvent } from "../../core/bake-event.ts";
import type { BakeId } from "../../core/ids.ts";
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
  bake: BakeId;
  /** What it waits for. */
  waits?: string;
  steps: StepWork[];
}

/** The states that are running, of all bakes, in the order in which they were entered. */
export type View = StateWork[];

/** Brings the view up to an event; answers the states that it leaves behind. */
export const advance = (view: View, event: BakeEvent): StateWork[] => {
  switch (event.event) {
    case "state-entered":
      view.push({ ...begun(event.state, event.at), bake: event.bake, steps: [] });
      return [];
    case "state-exited":
      return leave(view, event);
    case "state-waits":
      setWaits(view, event);
      return [];
    case "step-started":
      lastState(view, event)?.steps.push({
        ...begun(printable(event.step), event.at),
        output: "",
      });
      return [];
    case "step-output":
      setOutput(findStep(view, event), event.text);
      return [];
    case "step-finished":
      finishStep(view, event);
      return [];
    case "bake-finished":
      return take(view, ({ bake }) => bake === event.bake).map(cutOff);
    case "bake-started":
    case "announced":
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
  const left = take(view, ({ bake, name }) => bake === event.bake && name === event.state);
  for (const state of left) Object.assign(state, { status: event.status, seconds: event.seconds });
  return left;
};

/** Takes states out of the view. */
const take = (view: View, isMeant: (state: StateWork) => boolean): StateWork[] => {
  const taken = view.filter(isMeant);
  view.splice(0, view.length, ...view.filter((state) => !taken.includes(state)));
  return taken;
};

interface OfBake {
  bake: BakeId;
}

const lastState = (view: View, { bake }: OfBake): StateWork | undefined =>
  view.findLast((state) => state.bake === bake);

const findStep = (view: View, event: OfBake & { step: string }): StepWork | undefined => {
  const name = printable(event.step);
  return view
    .flatMap(({ bake, steps }) => (bake === event.bake ? steps : []))
    .findLast((work) => work.name === name && work.status === "running");
};

const setWaits = (view: View, event: Extract<BakeEvent, { event: "state-waits" }>): void => {
  const state = view.findLast(({ bake, name }) => bake === event.bake && name === event.state);
  if (state !== undefined) state.waits = printable(event.message);
};

const setOutput = (step: StepWork | undefined, text: string): void => {
  const last = printableLines(text).findLast((line) => line.trim() !== "");
  if (step !== undefined && last !== undefined) step.output = last;
};

const finishStep = (view: View, event: Extract<BakeEvent, { event: "step-finished" }>): void => {
  const running = findStep(view, event);
  const { status, seconds } = event;
  const reason = event.reason === undefined ? undefined : printable(event.reason);
  if (running !== undefined) Object.assign(running, { status, seconds, reason, output: "" });
  // A skipped step may never have been started.
  else {
    const step = begun(printable(event.step), event.at);
    lastState(view, event)?.steps.push({ ...step, status, seconds, reason, output: "" });
  }
};
