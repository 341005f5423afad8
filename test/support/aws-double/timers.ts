import { createRequire, syncBuiltinESMExports } from "node:module";
import type { Clock } from "./clock.ts";

const require = createRequire(import.meta.url);

interface Waits {
  setTimeout(
    milliseconds?: number,
    value?: unknown,
    options?: { signal?: AbortSignal },
  ): Promise<unknown>;
}

/** What has time pass, by all the names that it is imported by. */
interface Timers {
  setTimeout(work: (...given: unknown[]) => void, milliseconds?: number): unknown;
  clearTimeout(timer: unknown): void;
}

const promises = require("node:timers/promises") as Waits;
const timers = require("node:timers") as Timers;
const everywhere = globalThis as unknown as Timers;

const real = {
  wait: promises.setTimeout,
  timers: { setTimeout: timers.setTimeout, clearTimeout: timers.clearTimeout },
};

/** Waits in real time, whatever the clock of a test says. */
export const pause = (milliseconds: number): Promise<unknown> => real.wait(milliseconds);

/**
 * Has everything in this process that asks `Date`, waits or sets a timer go by that clock. A limit in
 * real time would be reached on a machine at work, and not on another one.
 */
export const virtualTimers = ({ now, sleep }: Clock): Disposable => {
  const { Date: own, setTimeout, clearTimeout } = globalThis;
  const set = timersOf(sleep);
  globalThis.Date = dateAt(now);
  promises.setTimeout = waitOf(sleep);
  for (const place of [timers, everywhere]) Object.assign(place, set);
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      promises.setTimeout = real.wait;
      Object.assign(timers, real.timers);
      Object.assign(everywhere, { setTimeout, clearTimeout });
      syncBuiltinESMExports();
      globalThis.Date = own;
    },
  };
};

const waitOf =
  (sleep: Clock["sleep"]): Waits["setTimeout"] =>
  async (milliseconds = 1, value, { signal } = {}) => {
    signal?.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(new DOMException("it was aborted", "AbortError"));
    signal?.addEventListener("abort", abort, { once: true });
    await Promise.race([sleep(milliseconds), aborted]).finally(() =>
      signal?.removeEventListener("abort", abort),
    );
    return value;
  };

/** A timer as Node has it, as far as who sets one asks of it. */
class Timer {
  isCleared = false;
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

const timersOf = (sleep: Clock["sleep"]): Timers => ({
  setTimeout(work, milliseconds = 1, ...given: unknown[]) {
    const timer = new Timer();
    const ring = async () => {
      await sleep(milliseconds);
      if (!timer.isCleared) work(...given);
    };
    void ring();
    return timer;
  },
  clearTimeout(timer) {
    if (timer instanceof Timer) timer.isCleared = true;
    else real.timers.clearTimeout(timer);
  },
});

/** A `Date` whose now is ours; every date is one of it, whoever made it. */
const dateAt = (now: () => number): DateConstructor => {
  const RealDate = Date;
  return class extends RealDate {
    constructor(...given: []) {
      if (given.length === 0) super(now());
      else super(...given);
    }
    static override now(): number {
      return now();
    }
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof RealDate;
    }
  } as DateConstructor;
};
