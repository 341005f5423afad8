import { expect, test } from "vitest";
import { timelineSoFar } from "../../../core/report/timeline-so-far.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const step = { name: "nginx", began: at(4).getTime(), seconds: 2, status: "succeeded" } as const;

test("a state ends as the next is entered, the last now; the agent's steps are in its own", () => {
  // as they may come, and with the zone that other clouds write
  const entered = {
    CheckProvenance: at(10).toISOString(),
    ReadRecipe: "2026-01-01T00:00:01.000000+00:00",
    RunAgent: at(3).toISOString(),
  };
  const known = timelineSoFar({ entered, steps: [step], now: at(12) });
  expect(known).toEqual({
    ...{ began: at(1).getTime(), seconds: 11 },
    states: [
      { name: "ReadRecipe", began: at(1).getTime(), seconds: 2, status: "succeeded", steps: [] },
      { name: "RunAgent", began: at(3).getTime(), seconds: 7, status: "succeeded", steps: [step] },
      {
        ...{ name: "CheckProvenance", began: at(10).getTime(), seconds: 2 },
        ...{ status: "succeeded", steps: [] },
      },
    ],
  });
});

test("a clock that is behind makes no negative time", () => {
  const entered = { ReadRecipe: at(5).toISOString() };
  expect(timelineSoFar({ entered, steps: [], now: at(4) })).toMatchObject({ seconds: 0 });
});

test("there is none where nobody said when a state was entered", () => {
  expect(timelineSoFar({ entered: {}, steps: [step], now: at(1) })).toBeUndefined();
});
