import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { virtualClock } from "../support/aws-double/clock.ts";
import { openFunctions } from "../support/aws-double/functions.ts";

/** Has real time pass: this process is at work. */
const toil = (milliseconds: number): void => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

describe("virtual time", () => {
  test("passes for who waits and who sets a timer alike, in the order of their moments", async () => {
    const clock = virtualClock();
    const began = clock.now();
    const seen: [string, number][] = [];
    const see = (what: string) => seen.push([what, Date.now() - began]);
    await clock.run(async () => {
      setTimeout(see, 20_000, "timer");
      await wait(10_000);
      see("first");
      await wait(20_000);
      see("last");
    });
    expect(seen).toEqual([
      ["first", 10_000],
      ["timer", 20_000],
      ["last", 30_000],
    ]);
  });

  test("is not reached by a limit while the machine is at work", async () => {
    const clock = virtualClock();
    const ended = await clock.run(async () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      setTimeout(resolve, 40, "the limit");
      await wait(10);
      toil(60);
      await wait(10);
      resolve("the work");
      return promise;
    });
    expect(ended).toBe("the work");
  });

  test("passes over a timer that was cleared", async () => {
    const clock = virtualClock();
    const seen: string[] = [];
    await clock.run(async () => {
      const timer = setTimeout(() => seen.push("cleared"), 1000);
      clearTimeout(timer);
      await wait(2000);
    });
    expect(seen).toEqual([]);
  });

  test("leaves timers as they were when it ends", async () => {
    const { setTimeout: before, Date: own } = globalThis;
    await virtualClock().run(async () => {
      expect(globalThis.setTimeout).not.toBe(before);
    });
    expect(globalThis.setTimeout).toBe(before);
    expect(globalThis.Date).toBe(own);
  });
});

test("a function of the double has its own seconds left, and asks nothing more after its answer", async () => {
  const clock = virtualClock();
  const { limited, around } = openFunctions(clock);
  const asked: string[] = [];
  const ask = (what: string) => around("GetObject", async () => asked.push(what));
  const work = async (_: never, context: { getRemainingTimeInMillis(): number }) => {
    void wait(500).then(() => ask("late"));
    await ask("in time");
    await wait(100);
    return context.getRemainingTimeInMillis();
  };
  const left = await clock.run(async () => {
    const answer = await limited("TestImage", work, 60)({} as never, {} as never);
    await wait(1000);
    return answer;
  });
  expect(left).toBe(59_900);
  expect(asked).toEqual(["in time"]);
});
