import { expect, test } from "vitest";
import { bakeAtOnce, boundsOf, callsNeeded } from "../support/aws-double/crowd.ts";

const count = 1000;

test("a thousand bakes at once all publish, and take a fifth longer at most than EC2's buckets imply", async () => {
  const [longest] = boundsOf(count, await callsNeeded());
  const { failed, seconds } = await bakeAtOnce(count);
  expect(failed).toEqual({});
  expect(seconds / (longest?.seconds ?? 0)).toBeLessThanOrEqual(1.2);
});
