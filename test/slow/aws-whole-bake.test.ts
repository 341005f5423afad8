import { describe, expect, test } from "vitest";
import { tagKeys } from "../../aws/tags.ts";
import { BakeId } from "../../core/ids.ts";
import { type AwsBakery, openAwsBakery } from "../support/aws-double/bakery.ts";
import { tasks } from "../support/machine.ts";
import type { Fault } from "../support/aws-double/faults.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");

/** Milliseconds in which EC2 ends what it was told to end: a builder's root goes with it. */
const going = 300_000;

/** Bakes, and says how it ended, whether there is an image of it, and what is left. */
const wholeBake = (bakery: AwsBakery) =>
  bakery.run(async () => {
    const { status, told, imageId } = await bakery.bake(bake);
    await bakery.aws.sleep(going);
    const outcomes = [...new Set(told.map(({ outcome }) => outcome))];
    const hasImage = [...bakery.aws.images.values()].some(({ tags }) =>
      tags.some(({ Key, Value }) => Key === tagKeys.state && Value === "published"),
    );
    const ended = { isPublished: status === "SUCCEEDED", imageId, hasImage };
    return { ...ended, left: bakery.left(), outcomes };
  });

interface CallOfState {
  /** The function's, which is its state's. */
  by: string;
  call: string;
}

/** The calls of a bake that nothing happens to, each once a state, in the order in which they come. */
const callsOfABake = async (): Promise<CallOfState[]> => {
  await openAndBake(); // functions that have run remember what they looked up
  const bakery = await openAndBake();
  const byTasks = bakery.functions.calls.filter(({ by }) => tasks.some(({ name }) => name === by));
  return [...new Map(byTasks.map((one) => [`${one.by} ${one.call}`, one])).values()];
};

const openAndBake = async (): Promise<AwsBakery> => {
  const bakery = openAwsBakery();
  await bakery.run(() => bakery.bake(bake));
  return bakery;
};

const calls = await callsOfABake();

test("a bake on AWS publishes its image, tells of it, and leaves nothing else", async () => {
  const bakery = openAwsBakery();
  expect(await wholeBake(bakery)).toMatchObject({
    imageId: expect.stringMatching(/^ami-/),
    ...{ left: [], outcomes: ["published"] },
  });
  const states = tasks.map(({ name }) => name).filter((name) => name !== "KeepBuilder");
  expect(new Set(calls.map(({ by }) => by))).toEqual(new Set(states));
  expect(calls.length).toBeGreaterThan(50);
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

describe.each(calls)("when $call of $by", ({ by, call }) => {
  test.each(Object.entries(once))("%s once, the bake publishes", async (_, fault) => {
    const bakery = openAwsBakery();
    bakery.aws.faults.plan({ by, call, fault });
    expect(await wholeBake(bakery)).toMatchObject({ isPublished: true, left: [] });
    expect(bakery.aws.faults.left()).toEqual([]);
  });

  test.each(Object.entries(once))("%s for minutes, nothing is left", async (_, fault) => {
    const bakery = openAwsBakery();
    bakery.aws.faults.plan({ by, call, fault, times: 20 });
    const { isPublished, hasImage, left, outcomes } = await wholeBake(bakery);
    expect(left).toEqual([]);
    expect(outcomes).toEqual([hasImage ? "published" : "failed"]);
    if (isPublished) expect(hasImage).toBe(true);
  });

  test("is under way when the execution is stopped, nothing is left", async () => {
    const bakery = openAwsBakery();
    const seen = bakery.aws.calls;
    const push = seen.push.bind(seen);
    seen.push = (...more) => {
      if (more.some((one) => one.name === call && one.by === by)) void bakery.stop(bake);
      return push(...more);
    };
    const { isPublished, hasImage, left, outcomes } = await wholeBake(bakery);
    expect(left).toEqual([]);
    expect(isPublished).toBe(false);
    expect(outcomes).toEqual([hasImage ? "published" : "stopped"]);
  });
});
