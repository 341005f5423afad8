import { describe, expect, test } from "vitest";
import { s3Reports } from "../../aws/reports.ts";
import { BakeId } from "../../core/ids.ts";
import { disk } from "../support/local-state.ts";
import { type AwsBakery, openAwsBakery } from "../support/aws-double/bakery.ts";

/*
 * EC2 lets an account make twenty looks a second: what one bake has noted, or another one has seen,
 * is not looked for.
 */

const bakeOf = (index: number): BakeId =>
  BakeId.parse(`web-${index.toString(16).padStart(16, "0")}-1`);

/** How often the function of that state asked EC2 so. */
const looks = ({ functions }: AwsBakery, state: string, call = /^Describe/): number =>
  functions.calls.filter(
    (one) => one.by === state && call.test(one.call) && one.call !== "DescribeInstanceInformation",
  ).length;

/** So many bakes at once, from a stock image that was copied before. */
const bakeMany = async (count: number): Promise<AwsBakery> => {
  const bakery = openAwsBakery({ longPages: true });
  await bakery.run(() => bakery.bake(bakeOf(0)));
  bakery.functions.calls.length = 0;
  const bakes = Array.from({ length: count }, (_, index) => bakeOf(index + 1));
  const ends = await bakery.run(() => Promise.all(bakes.map((bake) => bakery.bake(bake))));
  expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(["SUCCEEDED"]));
  expect(bakery.left()).toEqual([]);
  return bakery;
};

test("a bake that publishes releases its builder, and ends, without a look", async () => {
  const bakery = await bakeMany(1);
  expect(looks(bakery, "ReleaseBuilder")).toBe(0);
  expect(looks(bakery, "ReleaseBuilder", /^TerminateInstances$/)).toBe(1);
  expect(looks(bakery, "ReleaseBake", /^(?:Describe|Delete|Deregister|Terminate)/)).toBe(0);
  expect(looks(bakery, "ReleaseAgain")).toBeGreaterThan(0);
});

test("of many bakes few ask which machines live, what their origin is, and what was published", async () => {
  const count = 12;
  const bakery = await bakeMany(count);
  expect(looks(bakery, "RegisterImage")).toBeLessThan(count / 2);
  expect(looks(bakery, "ProvisionBuilder", /^DescribeInstances$/)).toBeLessThan(count / 2);
  expect(looks(bakery, "TestImage", /^DescribeInstances$/)).toBeLessThan(count / 2);
  // its own candidate, which it writes the verdict on
  expect(looks(bakery, "CheckProvenance")).toBeLessThan(1.5 * count);
});

describe("a builder", () => {
  const bake = bakeOf(1);

  /** While the agent works, the note of the builder becomes another one, or none. */
  const noted = async (change: (note: object) => object | undefined) => {
    const key = `test-artifacts/bakes/${bake}/machines/builder.json`;
    const bakery: AwsBakery = openAwsBakery({
      agent: () => {
        const { objects } = bakery.aws;
        const note = change(JSON.parse(Buffer.from(objects.get(key)?.body ?? "").toString()));
        if (note === undefined) objects.delete(key);
        else objects.set(key, { body: Buffer.from(JSON.stringify(note)), at: Date.now() });
        return { after: 9000, result: { status: "succeeded", disk } };
      },
    });
    const { status } = await bakery.run(() => bakery.bake(bake));
    expect(status).toBe("SUCCEEDED");
    expect(bakery.left()).toEqual([]);
    return bakery;
  };

  test.each([
    ["whose note is lost", () => undefined],
    ["of which two may have been started", (note: object) => ({ ...note, launches: 2 })],
    ["whose disk is not noted", (note: object) => ({ ...note, volumeId: undefined })],
  ])("%s is looked for, and released", async (_, change) => {
    const bakery = await noted(change);
    expect(looks(bakery, "ReleaseBuilder", /^DescribeInstances$/)).toBe(1);
    expect(looks(bakery, "ReleaseBuilder", /^TerminateInstances$/)).toBe(1);
  });
});

test("the previous image of a recipe is the newest of another bake, as it is seconds later", async () => {
  const bakery = openAwsBakery();
  const { aws, handlers } = bakery;
  const reports = s3Reports({ ec2: aws.ec2, s3: aws.s3, stage: handlers.stage });
  await bakery.run(async () => {
    const first = await bakery.bake(bakeOf(1));
    const second = await bakery.bake(bakeOf(2));
    expect(await reports.previous("web", bakeOf(3))).toMatchObject({ imageId: second.imageId });
    expect(await reports.previous("web", bakeOf(2))).toMatchObject({ imageId: first.imageId });
    expect(await reports.previous("db", bakeOf(3))).toBeUndefined();
    aws.images.delete(second.imageId ?? "");
    await aws.sleep(5000);
    expect(await reports.previous("web", bakeOf(3))).toMatchObject({ imageId: first.imageId });
  });
});
