import { expect, test } from "vitest";
import { BakeEvent } from "../../../core/bake-event.ts";
import { isTimed, timelineOf } from "../../../core/report/timeline-of.ts";

const bake = "web-0123456789abcdef-1";
const events = (...all: object[]): BakeEvent[] =>
  all.map((one) => BakeEvent.parse({ bake, ...one }));

const begun = events(
  { event: "bake-started", at: 1000, recipe: "web.yaml" },
  { event: "state-entered", at: 1000, state: "RunAgent" },
  { event: "step-started", at: 2000, step: "nginx" },
  { event: "step-finished", at: 5000, step: "nginx", status: "succeeded", seconds: 3 },
  { event: "step-finished", at: 5000, step: "harden", status: "skipped", seconds: 0, reason: "no" },
  { event: "step-started", at: 5000, step: "late" },
);

test("states have their steps, with when they began and how long they took", () => {
  const ended = events(
    { event: "step-finished", at: 6000, step: "late", status: "succeeded", seconds: 1 },
    { event: "state-exited", at: 6500, state: "RunAgent", status: "succeeded", seconds: 5.5 },
    { event: "bake-finished", at: 7000, status: "published", seconds: 6 },
  );
  expect(timelineOf([...begun, ...ended])).toEqual({
    ...{ began: 1000, seconds: 6 },
    states: [
      {
        ...{ name: "RunAgent", began: 1000, seconds: 5.5, status: "succeeded" },
        steps: [
          { name: "nginx", began: 2000, seconds: 3, status: "succeeded" },
          { name: "harden", began: 5000, seconds: 0, status: "skipped", reason: "no" },
          { name: "late", began: 5000, seconds: 1, status: "succeeded" },
        ],
      },
    ],
  });
});

test("what was open when the bake ended has failed, and took until then", () => {
  const cut = timelineOf([
    ...begun,
    ...events({ event: "bake-finished", at: 9000, status: "stopped", seconds: 8 }),
  ]);
  const [state] = cut?.states ?? [];
  expect(state).toMatchObject({ status: "failed", seconds: 8 });
  expect(state?.steps.at(-1)).toMatchObject({ name: "late", status: "failed", seconds: 4 });
});

test("of what is told only when it is over, nobody knows when it began", () => {
  const late = timelineOf([
    ...begun.slice(0, 2),
    ...events(
      { event: "step-started", at: 9000, step: "a test" },
      { event: "step-finished", at: 9000, step: "a test", status: "succeeded", seconds: 4 },
      { event: "bake-finished", at: 9500, status: "published", seconds: 8.5 },
    ),
  ]);
  const [step] = late?.states[0]?.steps ?? [];
  expect(step).toEqual({ name: "a test", began: undefined, seconds: 4, status: "succeeded" });
});

test("a state that is entered again is told twice", () => {
  const twice = events(
    { event: "state-entered", at: 0, state: "ReadRecipe" },
    { event: "state-exited", at: 10, state: "ReadRecipe", status: "failed", seconds: 0.01 },
    { event: "state-entered", at: 20, state: "ReadRecipe" },
    { event: "state-exited", at: 30, state: "ReadRecipe", status: "succeeded", seconds: 0.01 },
  );
  expect(timelineOf(twice)?.states.map(({ status }) => status)).toEqual(["failed", "succeeded"]);
});

test("steps' output is no part of it, and of nothing there is none", () => {
  expect(timelineOf([])).toBeUndefined();
  const [output] = events({ event: "step-output", at: 1, step: "nginx", text: "x" });
  expect(output && isTimed(output)).toBe(false);
  expect(begun.every(isTimed)).toBe(true);
});
