import { expect, test } from "vitest";
import { ec2Origins } from "../../aws/origins.ts";
import { BakeId, ImageId } from "../../core/ids.ts";
import type { OriginReference } from "../../core/origin.ts";
import { type Account, openAccount, stock } from "../support/aws-double/account.ts";
import type { Double } from "../support/aws-double/open.ts";
import { someStage } from "../support/stage.ts";

/*
 * Many bakes that ask for one origin at once, on the double: its clock tells how old is what they
 * are told.
 */

const reference: OriginReference = { kind: "image", imageId: ImageId.parse(stock) };

const bakeOf = (index: number): BakeId =>
  BakeId.parse(`web-${index.toString(16).padStart(16, "0")}-1`);

const crowd = Array.from({ length: 50 }, (_, index) => bakeOf(index + 10));

const open = (name = "test", { aws, clock }: Pick<Account, "aws" | "clock"> = openAccount()) => {
  const stage = someStage({ name, artifactBucket: `${name}-artifacts` });
  const origins = ec2Origins({ ...{ ec2: aws.ec2, ssm: aws.ssm, s3: aws.s3 }, stage });
  const resolve = (bake = bakeOf(1), asked: OriginReference = reference) =>
    origins.resolve(bake, asked);
  const all = (asked: OriginReference = reference) =>
    Promise.allSettled(crowd.map((bake) => origins.resolve(bake, asked)));
  const count = (call: string) => aws.calls.filter(({ name: made }) => made === call).length;
  /** Has the stock image copied, and nobody ask for some time. */
  const copy = async () => {
    await resolve().catch(() => undefined);
    await clock.sleep(3_600_000);
    aws.calls.length = 0;
    return copyIn(aws);
  };
  return { aws, clock, resolve, all, count, copy };
};

const copyIn = ({ images }: Double): ImageId =>
  ImageId.parse([...images.keys()].find((id) => id !== stock));

/** What each was refused with. */
const refusals = (ends: PromiseSettledResult<unknown>[]): string[] => [
  ...new Set(
    ends.map((end) => {
      if (end.status === "fulfilled") return "none";
      const { name, message } = end.reason as Error;
      return `${name}: ${message}`;
    }),
  ),
];

test("of many bakes that begin at once, one looks at their origin and at its copy", async () => {
  const { clock, all, count, copy } = open();
  await clock.run(async () => {
    const copyId = await copy();
    const ends = await all();
    for (const end of ends) {
      expect(end).toMatchObject({ status: "fulfilled", value: { lineage: [{ copyId }] } });
    }
    expect(count("DescribeImages")).toBe(2);
  });
});

test("a lone bake that finds its origin makes three calls of S3's for it, and waits for none", async () => {
  const { aws, clock, resolve, copy } = open();
  await clock.run(async () => {
    await copy();
    const began = clock.now();
    await resolve();
    const made = aws.calls.map(({ name }) => name).toSorted();
    expect(made).toEqual([
      ...["DescribeImages", "DescribeImages", "GetObject", "PutObject", "PutObject"],
    ]);
    // the two looks at EC2 are made at once
    expect(clock.now() - began).toBeLessThanOrEqual(4 * 120);
  });
});

test.each([
  [
    "has billing codes",
    ({ images }: Double) =>
      Object.assign(images.get(stock)?.about ?? {}, { UsageOperation: "RunInstances:0010" }),
    /^OriginRefused: the origin ami-0123.* has the billing code/,
  ],
  [
    "is not there",
    ({ images }: Double) => images.delete(stock),
    /^NotFound: there is no image ami-0123/,
  ],
  [
    "is not shared",
    ({ faults }: Double) =>
      faults.plan({
        ...{ call: "DescribeImages", times: 2 },
        fault: { kind: "error", name: "AuthFailure", message: "Not authorized for images: [a]" },
      }),
    /^OriginRefused: .* is not shared with this account/,
  ],
])("an origin that %s is refused to each bake, and looked at by one", async (_, make, says) => {
  const { aws, clock, all, count } = open();
  make(aws);
  await clock.run(async () => {
    const [said, ...others] = refusals(await all());
    expect(said).toMatch(says);
    expect(others).toEqual([]);
    expect(count("DescribeImages")).toBe(2);
    expect(count("CopyImage")).toBe(0);
  });
});

test("an origin that is gone, with its copy, is told for five seconds at most", async () => {
  const { aws, clock, resolve, copy } = open();
  await clock.run(async () => {
    const copyId = await copy();
    await resolve(bakeOf(1));
    aws.images.delete(stock);
    aws.images.delete(copyId);
    await clock.sleep(4000);
    expect((await resolve(bakeOf(2))).lineage).toMatchObject([{ copyId }]);
    await clock.sleep(1000);
    await expect(resolve(bakeOf(3))).rejects.toMatchObject({ name: "NotFound" });
  });
});

test("what was seen before is told to nobody while another looks anew", async () => {
  const { aws, clock, resolve, all, copy } = open();
  await clock.run(async () => {
    const copyId = await copy();
    await resolve();
    aws.images.delete(stock);
    aws.images.delete(copyId);
    await clock.sleep(5000);
    const [said, ...others] = refusals(await all());
    expect(said).toMatch(/^NotFound/);
    expect(others).toEqual([]);
  });
});

test("an origin of which there is no copy is copied by one, and the others wait for that", async () => {
  const { aws, clock, all, count } = open();
  await clock.run(async () => {
    const [said, ...others] = refusals(await all());
    expect(said).toMatch(/^OriginPending: the origin ami-0123.* is being copied .*, to ami-/);
    expect(others).toEqual([]);
    await clock.sleep(6000);
    expect(refusals(await all())).toEqual([said]);
    expect([count("CopyImage"), count("DescribeImages")]).toEqual([1, 4]);
    await clock.sleep(3_600_000);
    const ends = await all();
    const copyId = copyIn(aws);
    expect(ends.every(({ status }) => status === "fulfilled")).toBe(true);
    expect(ends[7]).toMatchObject({ value: { lineage: [{ copyId }] } });
    expect([count("CopyImage"), count("DescribeImages")]).toEqual([1, 6]);
  });
});

test("a copy that fails ends the bake that began it, and the others have another one", async () => {
  const { aws, clock, resolve, all, count } = open();
  await clock.run(async () => {
    aws.failures.push("the key is away");
    await expect(resolve(bakeOf(1))).rejects.toMatchObject({ name: "OriginPending" });
    await clock.sleep(3_600_000);
    await expect(resolve(bakeOf(1))).rejects.toMatchObject({ name: "OriginFailed" });
    const told = await resolve(bakeOf(2)).catch((error: unknown) => error);
    expect(told).toMatchObject({ name: "OriginPending", message: /the key is away/ });
    await clock.sleep(6000);
    expect(refusals(await all())).toEqual([expect.stringMatching(/^OriginPending.*being copied/)]);
    await clock.sleep(3_600_000);
    expect(refusals(await all())).toEqual(["none"]);
    expect(count("CopyImage")).toBe(2);
  });
});

test("that a copy is in use today is said once, however many bakes begin from it", async () => {
  const { clock, all, count, copy } = open();
  await clock.run(async () => {
    await copy();
    await clock.sleep(3 * 86_400_000);
    await all();
    expect(count("CreateTags")).toBe(1);
  });
});

test("where EC2 does not answer the one that looks, the others do not ask it all at once", async () => {
  const { aws, clock, all, resolve, count, copy } = open();
  await clock.run(async () => {
    await copy();
    // the SDK tries each of two calls seven times
    aws.faults.plan({ call: "DescribeImages", fault: { kind: "throttled" }, times: 14 });
    const said = refusals(await all());
    expect(said.filter((one) => !/^(?:CloudBusy: |none$)/.test(one))).toEqual([]);
    // whose claim is over may be asking still
    expect(count("DescribeImages")).toBeLessThanOrEqual(14 + 4);
    await clock.sleep(30_000);
    expect((await resolve()).lineage).toHaveLength(1);
  });
});

test("origins that differ are looked at one by one, and so are those of two stages", async () => {
  const one = open("one");
  const other = open("other", one);
  await one.clock.run(async () => {
    await one.copy();
    await other.resolve().catch(() => undefined); // has a copy of its own
    await one.clock.sleep(3_600_000);
    one.aws.calls.length = 0;
    const named: OriginReference = { kind: "parameter", parameter: "/ami/x86_64" };
    const asked = [one.resolve(), other.resolve(), one.resolve(bakeOf(2), named)];
    const copies = (await Promise.all(asked)).map(({ snapshotId }) => snapshotId);
    expect(copies[0]).toBe(copies[2]);
    expect(copies[0]).not.toBe(copies[1]);
    expect(one.count("DescribeImages")).toBe(6);
  });
});
