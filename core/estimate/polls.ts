import * as z from "zod";
import { polls as pollNames } from "../execution-events.ts";

/** How a state polls: its `Retry` on the name of what is not done yet. */
export const Poll = z.object({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number().default(1),
  BackoffRate: z.number().default(2),
  MaxDelaySeconds: z.number().default(Infinity),
  MaxAttempts: z.number().default(3),
});
export type Poll = z.infer<typeof Poll>;

/** What a plan reads of a state machine. */
const State = z.object({
  Type: z.string(),
  Retry: z.array(Poll).default([]),
  get Branches(): z.ZodDefault<z.ZodArray<typeof Machine>> {
    return z.array(Machine).default([]);
  },
});
const Machine = z.object({ States: z.record(z.string(), State) });
type Machine = z.infer<typeof Machine>;

/** A plan takes it that the house has room, and that EC2 answers. */
const unplanned: ReadonlySet<string> = new Set(["BuilderQueued", "CloudBusy"]);

/** Of each state that polls, how; by the state's name. `definition` is the bake's ASL. */
export const pollsIn = (definition: unknown): ReadonlyMap<string, Poll> => {
  const found = new Map<string, Poll>();
  const walk = ({ States }: Machine): void => {
    for (const [name, { Retry, Branches }] of Object.entries(States)) {
      const poll = Retry.find(({ ErrorEquals }) =>
        ErrorEquals.some((error) => !unplanned.has(error) && pollNames.has(error)),
      );
      if (poll !== undefined) found.set(name, poll);
      Branches.forEach(walk);
    }
  };
  walk(Machine.parse(definition));
  return found;
};

/** What comes of polling for something that takes a while. */
export interface Polled {
  /** How often the task is called; once, when there is nothing to wait for. */
  attempts: number;
  /** From the first call until the one that finds it done has answered. */
  seconds: number;
  /** Of these, what passes after it was done until somebody looks. */
  late: number;
}

/**
 * Polls until what takes `ready` seconds is done; a call takes `call` seconds. Where a state does
 * not poll, it is one call. Throws where the polls end before.
 */
export const pollUntil = (poll: Poll | undefined, ready: number, call: number): Polled => {
  let at = 0;
  let attempts = 1;
  let delay = poll?.IntervalSeconds ?? 0;
  while (at < ready) {
    if (poll === undefined || attempts > poll.MaxAttempts) {
      throw new Error(`nothing polls for as long as ${ready} s`);
    }
    at += call + Math.min(delay, poll.MaxDelaySeconds);
    delay *= poll.BackoffRate;
    attempts += 1;
  }
  return { attempts, seconds: at + call, late: at - ready };
};
