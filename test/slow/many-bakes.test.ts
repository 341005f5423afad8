import { expect, test } from "vitest";
import { importHandlers, stageOnDouble } from "../support/aws-double/handlers.ts";
import { boundsOf, callsNeeded, bakeAtOnce } from "../support/aws-double/crowd.ts";

const count = 40;

test("forty bakes at once, under EC2's token buckets, all publish, and hardly any call is refused", async () => {
  const { failed, throttled, seconds } = await bakeAtOnce(count);
  expect(failed).toEqual({});
  expect(throttled).toBeLessThan(count); // before they took turns it was more than two a bake
  expect(seconds).toBeLessThan(600);
});

test("forty bakes have turns at two builders, and none starves", async () => {
  const stage = stageOnDouble("narrow");
  const narrow = { ...stage, builders: { ...stage.builders, most: 2 } };
  const handlers = await importHandlers(narrow);
  const { failed, seconds, each, calls } = await bakeAtOnce(count, { handlers });
  expect(failed).toEqual({});
  // each has a builder for some 145 s: for two at a time that is 2,900 s
  expect(seconds).toBeLessThan(2900 * 1.35);
  expect(each.at(-1)).toBeLessThanOrEqual(seconds);
  // who waits makes no call of EC2's: of looks at all builders there is one in ten seconds
  expect((calls.get("DescribeInstances") ?? 0) / count).toBeLessThan(20);
});

test("a bake that has to wait for nothing asks EC2 at most so often", async () => {
  const calls = await callsNeeded();
  const bounds = boundsOf(1000, calls);
  const per = Object.fromEntries(bounds.map(({ bucket, calls: each }) => [bucket.name, each]));
  expect(per["RunInstances"]).toBe(2);
  expect(per["describing"]).toBeLessThanOrEqual(12);
});
