import { describe, expect, test } from "vitest";
import { usualWait } from "../../../aws/machine/online.ts";
import { latencies } from "../../../core/estimate/latencies.ts";
import { pollsIn, pollUntil } from "../../../core/estimate/polls.ts";
import { roadOf, stopsOf } from "../../../core/estimate/road.ts";
import { stays } from "../../../core/estimate/stays.ts";
import { timesOf } from "../../../core/estimate/times.ts";
import { recipeOf } from "../../support/agent-run.ts";
import { definition, tasks } from "../../support/machine.ts";

const poll = (more = {}) => ({
  ...{ ErrorEquals: ["AgentRunning"], IntervalSeconds: 10, BackoffRate: 1 },
  ...{ MaxDelaySeconds: Infinity, MaxAttempts: 100, ...more },
});

describe("polling", () => {
  test("is one call where there is nothing to wait for", () => {
    const once = { attempts: 1, seconds: 2, late: 0, worked: 2 };
    expect(pollUntil(poll(), 0, 2)).toEqual(once);
    expect(pollUntil(undefined, 0, 2)).toEqual(once);
  });

  test("finds what is done at the next look, and is late by the rest", () => {
    // looks at 0, 12, 24 and 36 s
    expect(pollUntil(poll(), 25, 2)).toEqual({ attempts: 4, seconds: 38, late: 11, worked: 8 });
  });

  test("grows slower as the state says, up to the longest pause", () => {
    const growing = poll({ IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 4 });
    // looks at 0, 1, 3, 7, 11 and 15 s
    expect(pollUntil(growing, 12, 0)).toMatchObject({ attempts: 6, seconds: 15, late: 3 });
  });

  const stay = { pause: 2000, most: 30_000, young: 60_000 };

  test("is seen within a pause by a function that stays, which is paid for that long", () => {
    expect(pollUntil(poll(), 25, 1, stay)).toEqual({
      ...{ attempts: 1, seconds: 27, late: 1, worked: 27 },
    });
    // it stays from 0 to 30 s, and from 40 to 70 s
    expect(pollUntil(poll(), 45, 1, stay)).toEqual({
      ...{ attempts: 2, seconds: 47, late: 1, worked: 37 },
    });
    // what is done between two stays is seen when the second begins
    expect(pollUntil(poll(), 31, 1, stay)).toMatchObject({ seconds: 41, late: 9 });
  });

  test("is the state's alone when it has gone on for longer", () => {
    // after 70 s it looks at 80, 91 and 102 s
    expect(pollUntil(poll(), 101, 1, stay)).toEqual({
      ...{ attempts: 5, seconds: 103, late: 1, worked: 63 },
    });
  });

  test("that ends too early is an error", () => {
    expect(() => pollUntil(poll({ MaxAttempts: 2 }), 100, 0)).toThrow("nothing polls for as long");
  });
});

test("a function that stays is done before its state's time is over, with what a last look takes", () => {
  for (const [name, { most }] of Object.entries(stays)) {
    const state = tasks.find((one) => one.name === name);
    expect(most / 1000).toBeLessThanOrEqual(Number(state?.fields["TimeoutSeconds"]) - 15);
  }
});

test("machines' boots are waited for as plans reckon", () => {
  const { pause, most } = usualWait;
  expect([stays["ProvisionBuilder"], stays["TestImage"]]).toEqual([
    ...[
      { pause, most, young: most },
      { pause, most, young: most },
    ],
  ]);
});

test("the intervals are those of the state machine", () => {
  const polls = [...pollsIn(definition)].map(([state, { ErrorEquals }]) => [state, ErrorEquals[0]]);
  expect(polls).toEqual([
    ["ResolveOrigin", "OriginPending"],
    ["ProvisionBuilder", "BuilderPending"],
    ["RunAgent", "AgentRunning"],
    ["AwaitSnapshot", "SnapshotPending"],
    ["TestImage", "TestsRunning"],
  ]);
});

test("the road is that of a bake that succeeds", () => {
  expect(stopsOf(roadOf(definition)).map(({ name }) => name)).toEqual([
    ...["Bake", "ReadRecipe", "ResolveOrigin", "ProvisionBuilder", "RunAgent", "CreateSnapshot"],
    ...["CompleteSnapshot", "AwaitSnapshot", "ReleaseBuilder", "RegisterImage"],
    ...["CheckProvenance", "TestImage", "PublishImage", "ReleaseBake", "Outcome", "Succeeded"],
  ]);
});

describe("a bake", () => {
  const recipe = recipeOf({ tests: [] });
  const times = timesOf(definition, { recipe, copies: false });

  test("takes the sum of what its end waits for", () => {
    const sum = times.states.filter(({ isCritical }) => isCritical);
    expect(times.seconds).toBeCloseTo(
      sum.reduce((all, { seconds }) => all + seconds, 0),
      6,
    );
    expect(times.states.filter(({ isCritical }) => !isCritical)).toMatchObject([
      { state: "ReleaseBuilder" },
    ]);
  });

  test("takes longer by the copy of its origin, seen at the next look", () => {
    const copying = timesOf(definition, { recipe, copies: true });
    const more = copying.seconds - times.seconds;
    expect(more).toBeGreaterThanOrEqual(latencies.copy.seconds);
    expect(more).toBeLessThan(latencies.copy.seconds + 61);
  });

  test("has every number from somewhere", () => {
    for (const { source, seconds } of Object.values(latencies)) {
      expect(source).not.toBe("");
      expect(seconds).toBeGreaterThan(0);
    }
  });
});
