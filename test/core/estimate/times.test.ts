import { describe, expect, test } from "vitest";
import { latencies } from "../../../core/estimate/latencies.ts";
import { pollsIn, pollUntil } from "../../../core/estimate/polls.ts";
import { roadOf, stopsOf } from "../../../core/estimate/road.ts";
import { timesOf } from "../../../core/estimate/times.ts";
import { recipeOf } from "../../support/agent-run.ts";
import { definition } from "../../support/machine.ts";

const poll = (more = {}) => ({
  ...{ ErrorEquals: ["AgentRunning"], IntervalSeconds: 10, BackoffRate: 1 },
  ...{ MaxDelaySeconds: Infinity, MaxAttempts: 100, ...more },
});

describe("polling", () => {
  test("is one call where there is nothing to wait for", () => {
    expect(pollUntil(poll(), 0, 2)).toEqual({ attempts: 1, seconds: 2, late: 0 });
    expect(pollUntil(undefined, 0, 2)).toEqual({ attempts: 1, seconds: 2, late: 0 });
  });

  test("finds what is done at the next look, and is late by the rest", () => {
    // looks at 0, 12, 24 and 36 s
    expect(pollUntil(poll(), 25, 2)).toEqual({ attempts: 4, seconds: 38, late: 11 });
  });

  test("grows slower as the state says, up to the longest pause", () => {
    const growing = poll({ IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 4 });
    // looks at 0, 1, 3, 7, 11 and 15 s
    expect(pollUntil(growing, 12, 0)).toEqual({ attempts: 6, seconds: 15, late: 3 });
  });

  test("that ends too early is an error", () => {
    expect(() => pollUntil(poll({ MaxAttempts: 2 }), 100, 0)).toThrow("nothing polls for as long");
  });
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
