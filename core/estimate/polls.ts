import * as z from "zod";
import { polls as pollNames } from "../execution-events.ts";
import { noStay, type Stay } from "../stay.ts";

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

/** One call of a task that polls, in seconds since the first began. */
interface Call {
  begins: number;
  /** When it ends, if it has not found until then what it asks for. */
  gives: number;
  /** Between its looks; 0 when it looks once. */
  pause: number;
}

/**
 * The calls of a task that polls, one after the other; of any other, the one. A look takes `call`
 * seconds.
 */
export function* callsIn(poll: Poll | undefined, call: number, stay: Stay = noStay) {
  let begins = 0;
  let delay = poll?.IntervalSeconds ?? 0;
  for (let left = poll?.MaxAttempts ?? 0; left >= 0; left--) {
    const stays = begins < stay.young / 1000 ? stay.most / 1000 : 0;
    const one: Call = {
      ...{ begins, gives: begins + Math.max(stays, call) },
      pause: stays === 0 ? 0 : stay.pause / 1000,
    };
    yield one;
    begins = one.gives + Math.min(delay, poll?.MaxDelaySeconds ?? 0);
    delay *= poll?.BackoffRate ?? 1;
  }
}

/** What comes of polling for something that takes a while. */
export interface Polled {
  /** How often the task is called; once, when there is nothing to wait for. */
  attempts: number;
  /** From the first call until the one that finds it done has answered. */
  seconds: number;
  /** Of these, what passes after it was done until somebody looks. */
  late: number;
  /** Of these, those that the function is at work or stays. */
  worked: number;
}

/**
 * Polls until what takes `ready` seconds is done; a look takes `call` seconds. Where a state does
 * not poll, it is one call. Throws where the polls end before.
 */
export const pollUntil = (
  poll: Poll | undefined,
  ready: number,
  call: number,
  stay?: Stay,
): Polled => {
  let attempts = 0;
  let worked = 0;
  for (const { begins, gives, pause } of callsIn(poll, call, stay)) {
    attempts += 1;
    const looks = pause === 0 ? 0 : Math.ceil(Math.max(0, ready - begins) / pause);
    const found = begins + looks * pause;
    if (found >= ready && found <= gives) {
      const seconds = found + call;
      return { attempts, seconds, late: found - ready, worked: worked + seconds - begins };
    }
    worked += gives - begins;
  }
  throw new Error(`nothing polls for as long as ${ready} s`);
};
