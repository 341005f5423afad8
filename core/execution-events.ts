import * as pending from "./pending.ts";
import type { Happening } from "./bake-event.ts";
import type { HistoryEvent } from "./executions.ts";

/** A task that is not done yet fails under one of these names; its Retry is the poll. */
export const polls: ReadonlySet<string> = new Set(Object.keys(pending));

/** Polls of what may take hours: whoever looks on is told what for. */
const queues: ReadonlySet<string> = new Set(["BuilderQueued", "OriginPending"]);

/** Types of what ends all states that are still open: their own end is not in the history. */
const cuts = /^(?:ParallelState(?:Failed|Aborted)|Execution(?:Failed|Aborted|TimedOut|Succeeded))$/;

/**
 * Turns an execution's history, given in any portions, into what its states do. Only tasks are
 * told of: the other states take no time.
 */
export const historyReader = () => {
  const open = new Map<string, number>();
  let said: string | undefined;
  const leave = (state: string, at: number, status: "succeeded" | "failed"): Happening => {
    const seconds = (at - (open.get(state) ?? at)) / 1000;
    open.delete(state);
    return { event: "state-exited", at, state, status, seconds };
  };
  /** The same is said once, however often it is asked. */
  const wait = ({ at, message }: HistoryEvent): Happening[] => {
    const state = [...open.keys()].at(-1);
    if (state === undefined || message === undefined || message === said) return [];
    said = message;
    return [{ event: "state-waits", at, state, message }];
  };
  return (one: HistoryEvent): Happening[] => {
    const { type, at, state, error = "" } = one;
    if (type === "TaskFailed" && queues.has(error)) return wait(one);
    if (type === "TaskStateEntered" && state !== undefined) {
      said = undefined;
      open.set(state, at);
      return [{ event: "state-entered", at, state }];
    }
    if (type === "TaskStateExited" && state !== undefined) return [leave(state, at, "succeeded")];
    if (!cuts.test(type)) return [];
    return [...open.keys()].map((name) => leave(name, at, "failed"));
  };
};
