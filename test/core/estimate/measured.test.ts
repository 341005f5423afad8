import { expect, test } from "vitest";
import { costOf } from "../../../core/estimate/cost.ts";
import { measuredTimes } from "../../../core/estimate/measured.ts";
import { timesOf } from "../../../core/estimate/times.ts";
import { recipeOf } from "../../support/agent-run.ts";
import { definition } from "../../support/machine.ts";

const recipe = recipeOf({ tests: [] });
const foreseen = timesOf(definition, { recipe, copies: false });
const tasks = foreseen.states.filter(({ isTask }) => isTask);

test("a bake that took what was foreseen has the calls and transitions that were foreseen", () => {
  const seconds = new Map(tasks.map((one) => [one.state, one.seconds]));
  const times = measuredTimes(definition, seconds);
  const attempts = (all: typeof tasks) => all.map(({ state, attempts: count }) => [state, count]);
  expect(attempts(times.states)).toEqual(attempts(tasks));
  expect(times.transitions).toBe(foreseen.transitions);
});

test("a bake that failed is paid for what it had: no test machine, if it came to none", () => {
  const seconds = new Map([
    ["ReadRecipe", 1],
    ["ProvisionBuilder", 60],
    ["RunAgent", 30],
  ]);
  const times = measuredTimes(definition, seconds);
  const order = { times, recipe, instanceType: "m7g.large", rootVolumeSize: 8 };
  const { machines } = costOf({ ...order, copySize: undefined, hasAddresses: false });
  const [builder, tester] = machines.map(({ dollars }) => dollars);
  expect(builder).toBeCloseTo((0.0816 * 90) / 3600, 8);
  expect(tester).toBe(0);
});

test("a wait that is longer than any poll's is counted all the same", () => {
  const times = measuredTimes(definition, new Map([["ProvisionBuilder", 100_000]]));
  // after the quarter of an hour in which it stays, every ten seconds
  expect(times.states[0]?.attempts).toBeGreaterThan(99_000 / 10.4 - 10);
});
