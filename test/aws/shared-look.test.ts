import * as z from "zod";
import { expect, test } from "vitest";
import { sharedLook } from "../../aws/shared-look.ts";
import { virtualClock } from "../support/aws-double/clock.ts";
import { openDouble } from "../support/aws-double/open.ts";
import { someStage } from "../support/stage.ts";

const key = "test-artifacts/looks/things.json";

const open = () => {
  const clock = virtualClock();
  const aws = openDouble({ clock, play: () => ({ after: 0, exitCode: 0 }) });
  const bucket = { s3: aws.s3, stage: someStage() };
  let asked = 0;
  const look = (
    ask = async () => {
      await aws.sleep(300);
      return [`look ${++asked}`];
    },
  ) => sharedLook(bucket, { name: "things", schema: z.array(z.string()), fresh: 10_000, ask });
  return { ...aws, clock, look, asked: () => asked };
};

const never = () => new Promise<string[]>(() => undefined);

test("of many that look at once, one asks", async () => {
  const { clock, look, asked } = open();
  const looks = await clock.run(() => Promise.all(Array.from({ length: 50 }, () => look())));
  expect(asked()).toBe(1);
  expect(new Set(looks.map(({ sight }) => sight.join()))).toEqual(new Set(["look 1"]));
});

test("a look is for all until it is old, and while one makes the next", async () => {
  const { clock, look, asked, sleep } = open();
  await clock.run(async () => {
    const { at } = await look();
    await sleep(9000);
    expect(await look()).toEqual({ at, sight: ["look 1"] });
    await sleep(2000);
    const [one, ...others] = await Promise.all(Array.from({ length: 20 }, () => look()));
    const sights = [one, ...others].map((each) => each?.sight.join());
    expect(asked()).toBe(2);
    expect(sights.filter((sight) => sight === "look 2").length).toBe(1);
    expect((await look()).sight).toEqual(["look 2"]);
  });
});

test("one that dies while it asks holds nobody up for longer than its claim", async () => {
  const { clock, look, sleep } = open();
  await clock.run(async () => {
    void look(never);
    await sleep(1000);
    const began = clock.now();
    expect((await look()).sight).toEqual(["look 1"]);
    expect(clock.now() - began).toBeLessThan(12_000);
  });
});

test("an error of who asks is its own, and another asks when its claim is over", async () => {
  const { clock, look } = open();
  await clock.run(async () => {
    await expect(look(() => Promise.reject(new Error("EC2 is away")))).rejects.toThrow("away");
    expect((await look()).sight).toEqual(["look 1"]);
  });
});

test.each(["", "{", "[]", '{"claimed":"soon"}', '{"claimed":0,"look":{"at":1,"sight":7}}'])(
  "a record that reads %j is made anew",
  async (text) => {
    const { clock, look, objects } = open();
    objects.set(key, { body: Buffer.from(text), at: clock.now() });
    expect((await clock.run(() => look())).sight).toEqual(["look 1"]);
    expect(Buffer.from(objects.get(key)?.body ?? "").toString()).toContain("look 1");
  },
);

test("a record is only changed in place of what was seen, by S3's own condition", async () => {
  const { clock, look, calls } = open();
  await clock.run(() => look());
  const puts = calls.filter(({ name }) => name === "PutObject").map(({ input }) => input);
  expect(puts).toMatchObject([{ IfNoneMatch: "*" }, { IfMatch: expect.stringMatching(/^".+"$/) }]);
});
