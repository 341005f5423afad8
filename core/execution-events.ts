import * as pending from "./pending.ts";
import type { Happening } from "./bake-event.ts";
import type { HistoryEvent } from "./executions.ts";

/** A task that is not done yet fails under one of these names; its Retry is the poll. */
export const polls: ReadonlySet<string> = new Set(Object.keys(pending));

/** Types of what ends all states that are still open: their own end is not in the history. */
const cuts = /^(?:ParallelState(?:Failed|Aborted)|Execution(?:Failed|Aborted|TimedOut|Succeeded))$/;

/**
 * Turns an execution's history, given in any portions, into what its states do. Only tasks are
 * told of: the other states take no time.
 */
export const historyReader = () => {
  const open = new Map<string, number>();
  const leave = (state: string, at: number, status: "succeeded" | "failed"): Happening => {
    const seconds = (at - (open.get(state) ?? at)) / 1000;
    open.delete(state);
    return { event: "state-exited", at, state, status, seconds };
  };
  return ({ type, at, state }: HistoryEvent): Happening[] => {
    if (type === "TaskStateEntered" && state !== undefined) {
      open.set(state, at);
      return [{ event: "state-entered", at, state }];
    }
    if (type === "TaskStateExited" && state !== undefined) return [leave(state, at, "succeeded")];
    if (!cuts.test(type)) return [];
    return [...open.keys()].map((name) => leave(name, at, "failed"));
  };
};
