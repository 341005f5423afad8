import { describe, expect, test } from "vitest";
import { BakeId } from "../../core/ids.ts";
import { type AwsBakery, openAwsBakery } from "../support/aws-double/bakery.ts";
import { tasks } from "../support/machine.ts";
import type { Fault } from "../support/aws-double/faults.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");

/** Bakes, and says how it ended and what is left. */
const wholeBake = (bakery: AwsBakery) =>
  bakery.run(async () => {
    const { status, told, imageId } = await bakery.bake(bake);
    const outcomes = [...new Set(told.map(({ outcome }) => outcome))];
    return { isPublished: status === "SUCCEEDED", imageId, left: bakery.left(), outcomes };
  });

/** The calls of a bake that nothing happens to, each once, in the order in which they come. */
const callsOfABake = async (): Promise<string[]> => {
  const bakery = openAwsBakery();
  await bakery.run(() => bakery.bake(bake));
  const byTasks = bakery.functions.calls.filter(({ by }) => tasks.some(({ name }) => name === by));
  return [...new Set(byTasks.map(({ call }) => call))];
};

const calls = await callsOfABake();

test("a bake on AWS publishes its image, tells of it, and leaves nothing else", async () => {
  const bakery = openAwsBakery();
  expect(await wholeBake(bakery)).toMatchObject({
    imageId: expect.stringMatching(/^ami-/),
    ...{ left: [], outcomes: ["published"] },
  });
  expect(calls.length).toBeGreaterThan(20);
});

test("two bakes of one origin at once have each their own", async () => {
  const bakery = openAwsBakery();
  const other = BakeId.parse("web-0123456789abcdef-2");
  const outputs = await bakery.run(() => Promise.all([bakery.bake(bake), bakery.bake(other)]));
  expect(new Set(outputs.map(({ imageId }) => imageId)).size).toBe(2);
  expect(bakery.left()).toEqual([]);
});

test("an execution that is started twice bakes one image", async () => {
  const bakery = openAwsBakery();
  await bakery.run(() => Promise.all([bakery.bake(bake), bakery.bake(bake)]));
  expect(bakery.told().map(({ outcome }) => outcome)).toEqual(["published"]);
  expect(bakery.left()).toEqual([]);
});

const once: Record<string, Fault> = {
  "is throttled": { kind: "throttled" },
  "meets an error of the service": { kind: "service-error" },
  "gets no answer": { kind: "time-out" },
  "gets no answer, and was done": { kind: "reply-lost" },
};

describe.each(calls)("when %s", (call) => {
  test.each(Object.entries(once))("%s once, the bake publishes", async (_, fault) => {
    const bakery = openAwsBakery();
    bakery.aws.faults.plan({ call, fault });
    expect(await wholeBake(bakery)).toMatchObject({ isPublished: true, left: [] });
    expect(bakery.aws.faults.left()).toEqual([]);
  });

  test.each(Object.entries(once))("%s for minutes, nothing is left", async (_, fault) => {
    const bakery = openAwsBakery();
    bakery.aws.faults.plan({ call, fault, times: 20 });
    const { isPublished, left, outcomes } = await wholeBake(bakery);
    expect(left).toEqual([]);
    expect(outcomes).toHaveLength(1);
    if (isPublished) expect(outcomes).toEqual(["published"]);
  });

  test("is under way when the execution is stopped, nothing is left", async () => {
    const bakery = openAwsBakery();
    const seen = bakery.aws.calls;
    const push = seen.push.bind(seen);
    seen.push = (...more) => {
      if (more.some(({ name }) => name === call)) void bakery.stop(bake);
      return push(...more);
    };
    const { isPublished, left, outcomes } = await wholeBake(bakery);
    expect(left).toEqual([]);
    expect(isPublished).toBe(false);
    expect(["stopped", "published"]).toContain(outcomes.at(-1));
  });
});
