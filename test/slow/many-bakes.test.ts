import { expect, test } from "vitest";
import { boundsOf, callsNeeded, bakeAtOnce } from "../support/aws-double/crowd.ts";

const count = 40;

test("forty bakes at once, under EC2's token buckets, all publish", async () => {
  const { failed, throttled, seconds } = await bakeAtOnce(count);
  expect(failed).toEqual({});
  expect(throttled).toBeGreaterThan(0); // else this shows nothing
  expect(seconds).toBeLessThan(600);
});

test("a bake that has to wait for nothing asks EC2 at most so often", async () => {
  const calls = await callsNeeded();
  const bounds = boundsOf(1000, calls);
  const per = Object.fromEntries(bounds.map(({ bucket, calls: each }) => [bucket.name, each]));
  expect(per["RunInstances"]).toBe(2);
  expect(per["describing"]).toBeLessThanOrEqual(34);
});
