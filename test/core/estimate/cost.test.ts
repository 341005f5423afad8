import { describe, expect, test } from "vitest";
import { instanceTypes } from "../../../aws/machine/instance-types.ts";
import { noWishes } from "../../../core/builder-wishes.ts";
import { costOf, type CostOrder, totalOf } from "../../../core/estimate/cost.ts";
import { latencies } from "../../../core/estimate/latencies.ts";
import { timesOf } from "../../../core/estimate/times.ts";
import type { ResolvedRecipe } from "../../../core/job.ts";
import { diskMonth, instanceHour, priceTable } from "../../../core/prices.ts";
import { SIZES } from "../../../core/recipe/instance-type.ts";
import { BakeId } from "../../../core/ids.ts";
import { recipeOf } from "../../support/agent-run.ts";
import { openAwsBakery } from "../../support/aws-double/bakery.ts";
import { definition } from "../../support/machine.ts";

const shell = (name: string) => ({
  ...{ kind: "shell", name, inline: "true", timeout: 3600, environment: {}, cache: false },
  ...{ workingDirectory: "/", allowedExitCodes: [0] },
});

/** A recipe whose steps take that many seconds by the assumption of each. */
const recipeOfSeconds = (seconds: number, tests = 1): ResolvedRecipe =>
  recipeOf({
    steps: Array.from({ length: seconds / latencies.step.seconds }, (_, at) => shell(`s${at}`)),
    tests: Array.from({ length: tests }, (_, at) => ({
      ...{ name: `t${at}`, command: "true", timeout: 60 },
    })),
  } as Partial<ResolvedRecipe>);

const orderOf = (recipe: ResolvedRecipe, more: Partial<CostOrder> = {}): CostOrder => ({
  ...{ recipe, instanceType: "m7i-flex.large", rootVolumeSize: 8, copySize: 8 },
  ...{ hasAddresses: true, times: timesOf(definition, { recipe, copies: false }), ...more },
});

const orchestration = (recipe: ResolvedRecipe): number =>
  totalOf(costOf(orderOf(recipe)).orchestration) ?? Infinity;

test("every instance type that a size word stands for has a price", () => {
  for (const architecture of ["x86_64", "arm64"] as const) {
    for (const instanceSize of SIZES) {
      const types = instanceTypes({ ...noWishes, instanceSize }, architecture);
      const unpriced = types.filter((type) => instanceHour(type) === undefined);
      expect(unpriced).toEqual([]);
    }
  }
  expect(instanceHour("m7g.large")).toBe(0.0816);
  expect(instanceHour("m6i.4xlarge")).toBeCloseTo(0.768, 6);
  expect(instanceHour("p5.48xlarge")).toBeUndefined();
});

test("the table tells its date, currency and region", () => {
  expect(priceTable).toEqual({
    ...{ currency: "USD", region: "us-east-1" },
    date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
  });
});

test.each([
  { disk: { type: "gp3", size: 100 }, dollars: 8 },
  { disk: { type: "gp3", size: 100, iops: 4000, throughput: 225 }, dollars: 8 + 5 + 4 },
  { disk: { type: "gp2", size: 100, iops: 9 }, dollars: 10 },
  { disk: { type: "io2", size: 100, iops: 1000 }, dollars: 12.5 + 65 },
] as const)("a month of $disk costs $dollars dollars", ({ disk, dollars }) => {
  expect(diskMonth(disk)).toBeCloseTo(dollars, 6);
});

describe("a bake's orchestration", () => {
  test("costs a cent and a half at most when its steps take an hour", () => {
    expect(orchestration(recipeOfSeconds(3600, 20))).toBeLessThan(0.015);
  });

  test("costs under a cent when it is a usual one", () => {
    const dollars = orchestration(recipeOfSeconds(300));
    expect(dollars).toBeGreaterThan(0.001);
    expect(dollars).toBeLessThan(0.01);
  });

  test("is more the longer polls go on, by a transition and a call each", () => {
    const [short, long] = [recipeOfSeconds(3600), recipeOfSeconds(7200)].map((recipe) =>
      timesOf(definition, { recipe, copies: false }),
    );
    const more = (long?.transitions ?? 0) - (short?.transitions ?? 0);
    expect(more).toBeGreaterThan(3600 / 140); // RunAgent's pauses grow to 120 s
    expect(more).toBeLessThan(3600 / 90);
  });

  test("asks of S3 what a bake does ask, and not much more", async () => {
    const bakery = openAwsBakery();
    await bakery.run(() => bakery.bake(BakeId.parse("web-0123456789abcdef-1")));
    const names = bakery.aws.calls.map(({ name }) => name);
    const reads = names.filter((name) => /^(?:Get|Head)Object$/.test(name)).length;
    const writes = names.filter((name) => /^(?:Put|Copy)Object$/.test(name)).length;
    const recipe = recipeOfSeconds(60);
    const told = costOf(orderOf(recipe, { times: timesOf(definition, { recipe, copies: true }) }));
    const [, counts] =
      /at most (\d+ writes and \d+ reads)/.exec(told.orchestration[2]?.what ?? "") ?? [];
    const [mostWrites = 0, mostReads = 0] = (counts?.match(/\d+/g) ?? []).map(Number);
    expect(writes).toBeLessThanOrEqual(mostWrites);
    expect(reads).toBeLessThanOrEqual(mostReads);
  });
});

describe("machines", () => {
  test("of a type that is not in the table have no price, and the sum has none", () => {
    const { machines } = costOf(orderOf(recipeOfSeconds(60), { instanceType: "x9.metal" }));
    expect(machines[0]?.dollars).toBeUndefined();
    expect(totalOf(machines)).toBeUndefined();
  });

  test("cost what their seconds are of an hour", () => {
    const order = orderOf(recipeOfSeconds(600));
    const { states } = order.times;
    const seconds = states
      .filter(({ state }) => /^(?:Provision|Run|CreateS|ReleaseBuilder)/.test(state))
      .reduce((sum, one) => sum + one.seconds, 0);
    const [builder] = costOf(order).machines;
    expect(builder?.dollars).toBeCloseTo((0.09576 * seconds) / 3600, 8);
  });
});
