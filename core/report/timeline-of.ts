import type { BakeEvent } from "../bake-event.ts";

/** A state of a bake, or a step in one. Times are in milliseconds since the epoch. */
export interface Span {
  name: string;
  /** Absent of what was told of only when it was over, as a booted image's tests are. */
  began?: number | undefined;
  seconds: number;
  status: "succeeded" | "failed" | "skipped";
  /** Why it was skipped. */
  reason?: string | undefined;
}

export interface StateSpan extends Span {
  steps: Span[];
}

/** What a bake did, and when. */
export interface Timeline {
  began: number;
  seconds: number;
  /** In the order in which they were entered. */
  states: StateSpan[];
}

/** What of a bake's events its timeline is made of: steps' output is large, and no part of it. */
export const isTimed = ({ event }: BakeEvent): boolean =>
  event !== "step-output" && event !== "announced";

/**
 * The timeline of a bake by what it said while it ran. What was open when the last event came did
 * not succeed. Undefined when it said nothing.
 */
export const timelineOf = (events: readonly BakeEvent[]): Timeline | undefined => {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const states: Open[] = [];
  for (const event of events) tell(states, event);
  return {
    began: first.at,
    seconds: (last.at - first.at) / 1000,
    states: states.map(({ steps, ...state }) => ({
      ...closed(state, last.at),
      steps: steps.map((step) => closed(step, last.at)),
    })),
  };
};

type OpenSpan = Pick<Span, "name"> & Partial<Span>;
type Open = OpenSpan & { steps: OpenSpan[] };

const closed = (span: OpenSpan, end: number): Span => ({
  ...{ seconds: (end - (span.began ?? end)) / 1000, status: "failed" },
  ...span,
});

const tell = (states: Open[], event: BakeEvent): void => {
  const state = states.at(-1);
  if (event.event === "state-entered") {
    states.push({ name: event.state, began: event.at, steps: [] });
  } else if (event.event === "state-exited") {
    const { status, seconds } = event;
    const left = states.findLast((one) => one.name === event.state && one.status === undefined);
    if (left !== undefined) Object.assign(left, { status, seconds });
  } else if (event.event === "step-started") {
    state?.steps.push({ name: event.step, began: event.at });
  } else if (event.event === "step-finished") {
    finish(state?.steps ?? [], event);
  }
};

/** Milliseconds by which what is measured elsewhere may be longer than it was open here. */
const slack = 1000;

/** A skipped step may never have been started. */
const finish = (steps: OpenSpan[], event: Extract<BakeEvent, { event: "step-finished" }>): void => {
  const { step: name, status, seconds, reason } = event;
  const running = steps.findLast((step) => step.name === name && step.status === undefined);
  if (running === undefined)
    return void steps.push({ name, began: event.at, status, seconds, reason });
  const isLate = event.at - (running.began ?? event.at) + slack < seconds * 1000;
  Object.assign(running, { status, seconds, reason, ...(isLate && { began: undefined }) });
};
