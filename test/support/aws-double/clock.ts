import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";

/** Time as a test makes it pass. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Time that stands still while anything is at work, and jumps to what waits next. */
export interface VirtualClock extends Clock {
  /** Has time pass until the work is done. Throws when it waits for something that never comes. */
  run<Result>(work: Promise<Result>): Promise<Result>;
}

interface Sleeper {
  until: number;
  wake(): void;
}

/** Real turns of the event loop after which nothing is taken to be at work. */
const quietTurns = 5;

/** Milliseconds of real time without a sleeper after which nothing is taken to come any more. */
const patience = 2000;

export const virtualClock = (start = Date.UTC(2026, 0, 1)): VirtualClock => {
  let now = start;
  const sleepers: Sleeper[] = [];
  const sleep = (milliseconds: number) =>
    new Promise<void>((wake) => {
      sleepers.push({ until: now + Math.max(0, milliseconds), wake });
    });
  const next = (): boolean => {
    if (sleepers.length === 0) return false;
    now = Math.min(...sleepers.map(({ until }) => until));
    for (let at = sleepers.length - 1; at >= 0; at--) {
      const sleeper = sleepers[at];
      if (sleeper === undefined || sleeper.until > now) continue;
      sleepers.splice(at, 1);
      sleeper.wake();
    }
    return true;
  };
  return {
    now: () => now,
    sleep,
    async run(work) {
      const still = { going: true };
      const ended = work.finally(() => (still.going = false));
      ended.catch(() => undefined); // thrown below
      for (let idle = 0; still.going;) {
        for (let turns = 0; turns < quietTurns; turns++) await turn();
        if (next()) idle = 0;
        else if (++idle > patience) throw new Error("the work waits, and nothing will happen");
        else await pause(1); // a timer of somebody else's, maybe
      }
      return ended;
    },
  };
};
