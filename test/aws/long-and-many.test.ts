import { describe, expect, test } from "vitest";
import { BakeId } from "../../core/ids.ts";
import { disk } from "../support/local-state.ts";
import { openAwsBakery } from "../support/aws-double/bakery.ts";
import { importHandlers, stageOnDouble } from "../support/aws-double/handlers.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");
const again = BakeId.parse("web-0123456789abcdef-2");

const hour = 3_600_000;

const failing = {
  agent: {
    after: 9000,
    result: { status: "failed", error: "StepFailed", message: "nginx said no" },
  },
} as const;

test("a bake of hours needs no function that is at work for longer than its time", async () => {
  const agent = { after: 1.2 * hour, result: { status: "succeeded", disk } } as const;
  const bakery = openAwsBakery({ agent });
  const { status } = await bakery.run(() => bakery.bake(bake));
  expect(status).toBe("SUCCEEDED");
  // the shortest credentials last an hour, and each function is done with its own in seconds
  expect(bakery.functions.longest.time).toBeLessThan(60_000);
  expect(bakery.left()).toEqual([]);
});

test("a bake that works longer than it may is stopped by the sweep, told, and released", async () => {
  const agent = { after: 3 * hour, result: { status: "succeeded", disk } } as const;
  const bakery = openAwsBakery({ agent });
  const outcome = await bakery.run(async () => {
    await bakery.start(bake);
    await bakery.aws.sleep(hour + 60_000);
    expect(await bakery.call("Sweep", {})).toMatchObject({ bakes: [{ because: "overdue" }] });
    return bakery.ended(bake);
  });
  expect(outcome).toMatchObject({
    ...{ status: "ABORTED", error: "BakeOverdue" },
    told: [{ outcome: "stopped", error: "BakeOverdue", bake }],
  });
  expect(bakery.left()).toEqual([]);
});

test("a bake that waits for a builder is not late by that", async () => {
  const bakery = openAwsBakery();
  const fault = { kind: "error", name: "InsufficientInstanceCapacity", message: "no" } as const;
  bakery.aws.faults.plan({ call: "RunInstances", fault, times: 300 });
  const outcome = await bakery.run(async () => {
    await bakery.start(bake);
    await bakery.aws.sleep(2 * hour);
    expect(await bakery.call("Sweep", {})).toMatchObject({ bakes: [] });
    return bakery.ended(bake);
  });
  expect(bakery.aws.faults.left()).toEqual([]);
  expect(outcome.status).toBe("SUCCEEDED");
});

test("a failed version is baked again as its second attempt", async () => {
  const bakery = openAwsBakery({ testStatus: 1 });
  const first = await bakery.run(() => bakery.bake(bake));
  expect(first.told).toMatchObject([{ outcome: "rejected", error: "TestsFailed" }]);
  const account = { ...bakery };
  const better = openAwsBakery();
  better.aws.objects.clear();
  for (const [key, object] of account.aws.objects) {
    // what was seen of one account's EC2 is not there in another's
    if (!key.includes("/looks/")) better.aws.objects.set(key, object);
  }
  const second = await better.run(() => better.bake(again));
  expect(second.told).toMatchObject([{ id: again, outcome: "published", bake: again }]);
  expect(better.left()).toEqual([]);
});

describe("a bake that is to keep its builder", () => {
  test("keeps it for a day when a step fails, and gives it back then", async () => {
    const bakery = openAwsBakery(failing);
    const { error, told } = await bakery.run(() => bakery.bake(bake, { keepBuilder: true }));
    expect(error).toBe("StepFailed");
    expect(told).toMatchObject([{ outcome: "failed", error: "StepFailed" }]);
    const kinds = () =>
      bakery
        .left()
        .map((one) => one.replace(/-.*/, ""))
        .toSorted();
    expect(kinds()).toEqual(["i", "vol", "vol"]);
    await bakery.run(async () => {
      expect(await bakery.call("Sweep", {})).toMatchObject({ bakes: [] });
      await bakery.aws.sleep(25 * hour);
      await bakery.call("Sweep", {});
      await bakery.aws.sleep(hour);
      await bakery.call("Sweep", {});
    });
    expect(kinds()).toEqual([]);
  });

  test("keeps none when it is published", async () => {
    const bakery = openAwsBakery();
    await bakery.run(() => bakery.bake(bake, { keepBuilder: true }));
    expect(bakery.left()).toEqual([]);
  });

  test("gives it back although KeepBuilder dies, and fails as it would", async () => {
    const bakery = openAwsBakery(failing);
    bakery.functions.kill({ name: "KeepBuilder", call: 1, error: "Lambda.Unknown", always: true });
    const { error } = await bakery.run(() => bakery.bake(bake, { keepBuilder: true }));
    expect(error).toBe("StepFailed");
    expect(bakery.left()).toEqual([]);
  });
});

test("two stages in one account bake the same at once, and neither sweeps the other's", async () => {
  const live = openAwsBakery();
  const other = openAwsBakery({
    account: live,
    handlers: await importHandlers(stageOnDouble("other")),
  });
  const outcomes = await live.run(async () => {
    await Promise.all([live.start(bake), other.start(bake)]);
    await live.aws.sleep(60_000);
    // both are in their midst: the other stage's sweep finds its own, which lives
    expect(await other.call("Sweep", {})).toMatchObject({ bakes: [] });
    await other.stop(bake);
    const stopped = await other.ended(bake);
    await other.call("Sweep", {});
    return { stopped, published: await live.ended(bake) };
  });
  expect(outcomes.stopped.told).toMatchObject([{ outcome: "stopped", stage: "other" }]);
  expect(outcomes.published.told).toMatchObject([{ outcome: "published", stage: "test" }]);
  expect(live.left()).toEqual([]);
  const again = await live.run(() => other.bake(BakeId.parse("web-0123456789abcdef-2")));
  expect(again.status).toBe("SUCCEEDED");
  expect([...live.aws.parameters.keys()].filter((name) => name.endsWith("/latest"))).toEqual([
    ...["/ovenbird/test/images/web/latest", "/ovenbird/other/images/web/latest"],
  ]);
});
