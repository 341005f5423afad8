import { setImmediate as turn } from "node:timers/promises";
import { openAgenda } from "./agenda.ts";
import { pause, virtualTimers } from "./timers.ts";

/** Time as a test makes it pass. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Time that stands still while anything is at work, and jumps to what waits next. */
export interface VirtualClock extends Clock {
  /**
   * Has time pass until the work is done, for everything in this process that asks `Date`, waits
   * by `node:timers/promises` or sets a timer. Throws when the work waits for something that never comes.
   */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Real turns of the event loop after which nothing is taken to be at work. */
const quietTurns = 4;

/** Milliseconds of real time without a sleeper after which nothing is taken to come any more. */
const patience = 3000;

export interface ClockOrder {
  /** Milliseconds that time passes in: with many at work, each moment costs real time. */
  grain?: number;
}

export const virtualClock = ({ grain = 1 }: ClockOrder = {}): VirtualClock => {
  let now = Date.UTC(2026, 0, 1);
  const agenda = openAgenda();
  const sleep = (milliseconds: number) =>
    new Promise<void>((wake) => {
      const until = now + Math.max(0, milliseconds);
      agenda.add(Math.ceil(until / grain) * grain, wake);
    });
  const next = (): boolean => {
    const due = agenda.next();
    if (due === undefined) return false;
    now = due.at;
    for (const wake of due.wakes) wake();
    return true;
  };
  return {
    now: () => now,
    sleep,
    async run(work) {
      using _ = virtualTimers({ now: () => now, sleep });
      const still = { going: true };
      const ended = work().finally(() => (still.going = false));
      ended.catch(() => undefined); // thrown below
      for (let idle = 0; still.going;) {
        for (let turns = 0; turns < quietTurns; turns++) await turn();
        if (!still.going) break;
        if (next()) idle = 0;
        else if (++idle > patience) throw new Error("the work waits, and nothing will happen");
        else await pause(1); // a timer of somebody else's, maybe
      }
      return await ended;
    },
  };
};
