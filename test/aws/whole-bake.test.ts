import { describe, expect, test } from "vitest";
import { BakeId } from "../../core/ids.ts";
import { type AwsBakery, openAwsBakery } from "../support/aws-double/bakery.ts";
import type { Fault } from "../support/aws-double/faults.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");

/** The longest that a function of the bake may be at work: its state's TimeoutSeconds. */
const longestFunction = 60_000;

/** What AWS does when an execution ends: releases at once, and again after the longest function. */
const end = async (bakery: AwsBakery): Promise<void> => {
  await bakery.release(bake);
  await bakery.aws.sleep(longestFunction);
  await bakery.release(bake);
  // what is shutting down takes its disks along; the next release deletes the others
  await bakery.aws.sleep(120_000);
  await bakery.release(bake);
};

/** Bakes, ends as AWS would, and says how it ended and what is left. */
const wholeBake = (bakery: AwsBakery, signal?: AbortSignal) =>
  bakery.run(async () => {
    const output = await bakery.bake(bake, { signal });
    await end(bakery);
    const isPublished = !(output instanceof Error);
    return { output, isPublished, left: bakery.left(), told: bakery.aws.messages.length };
  });

/** The calls of a bake that nothing happens to, each once, in the order in which they come. */
const callsOfABake = async (): Promise<string[]> => {
  const bakery = openAwsBakery();
  await bakery.run(() => bakery.bake(bake));
  return [...new Set(bakery.aws.calls.map(({ name }) => name))];
};

const calls = await callsOfABake();

test("a bake on AWS publishes its image, tells of it, and leaves nothing else", async () => {
  const bakery = openAwsBakery();
  expect(await wholeBake(bakery)).toMatchObject({
    output: { imageId: expect.stringMatching(/^ami-/) },
    ...{ left: [], told: 1 },
  });
  expect(calls.length).toBeGreaterThan(20);
});

test("two bakes of one origin at once have each their own", async () => {
  const bakery = openAwsBakery();
  const other = BakeId.parse("web-0123456789abcdef-2");
  const outputs = await bakery.run(async () => {
    const both = await Promise.all([bakery.bake(bake), bakery.bake(other)]);
    await bakery.aws.sleep(120_000);
    return both as { imageId: string }[];
  });
  expect(new Set(outputs.map(({ imageId }) => imageId)).size).toBe(2);
  expect(bakery.left()).toEqual([]);
});

test("an execution that is started twice bakes one image", async () => {
  const bakery = openAwsBakery();
  const outputs = await bakery.run(async () => {
    const both = await Promise.all([bakery.bake(bake), bakery.bake(bake)]);
    await end(bakery);
    return both as { imageId?: string }[];
  });
  const published = new Set(outputs.flatMap(({ imageId }) => imageId ?? []));
  expect(published.size).toBe(1);
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
    const { left } = await wholeBake(bakery).catch(async () => {
      // the release itself met it: the sweep comes later
      await bakery.run(() => end(bakery));
      return { left: bakery.left() };
    });
    expect(left).toEqual([]);
  });

  test("is under way when the execution is stopped, nothing is left", async () => {
    const bakery = openAwsBakery();
    const stop = new AbortController();
    const seen = bakery.aws.calls;
    const push = seen.push.bind(seen);
    seen.push = (...more) => {
      if (more.some(({ name }) => name === call)) stop.abort();
      return push(...more);
    };
    const { isPublished, left } = await wholeBake(bakery, stop.signal);
    expect(left).toEqual([]);
    expect(isPublished).toBe(false);
  });
});
