import {
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordKey, writeRecord } from "../../aws/image-records.ts";
import { latestParameter, makeLatest } from "../../aws/latest-image.ts";
import { ImageId, SnapshotId } from "../../core/ids.ts";
import type { Image } from "../../core/image.ts";
import { bakeryOn, clientsOn, makeBucket, stage } from "../support/bakery-on-moto.ts";
import { imageSpec, someBake } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { between } from "../support/recorded.ts";

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  /** A recipe of its own, and images of it: the n-th was registered in second n. */
  const open = (pauses = [1, 1, 1, 1, 1, 1]) => {
    const clients = clientsOn(moto);
    const { aws } = bakeryOn(moto, clients);
    const name = `web-${randomBytes(4).toString("hex")}`;
    const parameter = latestParameter(stage, name);
    return {
      ...clients,
      parameter,
      publish: (image: Image) => makeLatest({ ...aws, pauses }, image),
      async image(second: number, sequencer?: string): Promise<Image> {
        const spec = imageSpec(someBake(), SnapshotId.parse("snap-00000001"));
        const created = `2026-11-21T12:00:${String(second).padStart(2, "0")}.000Z`;
        const imageId = ImageId.parse(`ami-${randomBytes(8).toString("hex")}`);
        const at = "2026-11-21T11:00:00Z";
        const drop = sequencer && { bucket: "recipes", key: "web.yaml", sequencer, at };
        const image = {
          ...{ ...spec, name, imageId, created, ...(drop && { drop }) },
          state: "published" as const,
        };
        await writeRecord(aws, image);
        return image;
      },
      latest: async () =>
        (await clients.ssm.send(new GetParameterCommand({ Name: parameter }))).Parameter?.Value,
      /** By hand, with no word on when its image was registered. */
      put: async (Value: string) => {
        const order = { Name: parameter, Value, Type: "String", Overwrite: true } as const;
        await clients.ssm.send(new PutParameterCommand(order));
      },
      puts: () => clients.asked.filter(({ call }) => call === "PutParameter"),
    };
  };

  test("the first image of a recipe is its latest, in a parameter that says whose it is", async () => {
    const world = open();
    const image = await world.image(1);
    await world.publish(image);
    const { Parameter } = await world.ssm.send(new GetParameterCommand({ Name: world.parameter }));
    expect(world.parameter).toBe(`/ovenbird/test/images/${image.name}/latest`);
    expect(Parameter).toMatchObject({ Value: image.imageId, Type: "String", DataType: "text" });
    const tags = { ResourceType: "Parameter", ResourceId: world.parameter } as const;
    expect((await world.ssm.send(new ListTagsForResourceCommand(tags))).TagList).toEqual([
      { Key: "ovenbird:stage", Value: "test" },
      { Key: "ovenbird:recipe", Value: image.name },
    ]);
  });

  test("a newer image replaces it, an older one does not, and neither does it again", async () => {
    const world = open();
    const [old, middle, young] = [await world.image(1), await world.image(2), await world.image(3)];
    await world.publish(middle);
    await world.publish(old);
    expect(await world.latest()).toBe(middle.imageId);
    await world.publish(young);
    await world.publish(young);
    await world.publish(middle);
    expect(await world.latest()).toBe(young.imageId);
    expect(world.puts()).toHaveLength(2);
  });

  test("the image of the newer drop is the latest, though it was registered sooner", async () => {
    const world = open();
    const [newer, older] = [await world.image(1, "0A1"), await world.image(2, "9F")];
    await world.publish(older);
    await world.publish(newer);
    await world.publish(older);
    expect(await world.latest()).toBe(newer.imageId);
    expect(world.puts()).toHaveLength(2);
  });

  test("of images of one second, the same is the latest in either order", async () => {
    const world = open();
    const [one, other] = [await world.image(1), await world.image(1)];
    await world.publish(one);
    await world.publish(other);
    const first = await world.latest();
    await world.publish(one);
    expect(await world.latest()).toBe(first);
    expect(first).toBe([one.imageId, other.imageId].toSorted().at(-1));
  });

  test("however many publish at once, the newest is the latest in the end", async () => {
    const world = open(Array.from({ length: 30 }, () => 1));
    const images: Image[] = [];
    for (const second of [3, 1, 5, 2, 4]) images.push(await world.image(second));
    await Promise.all(images.map((image) => world.publish(image)));
    expect(await world.latest()).toBe(images[2]?.imageId);
  });

  test.each(["the first there are", "there was one before"])(
    "who overwrote a newer image puts it back: %s",
    async (before) => {
      const world = open();
      if (before === "there was one before") await world.publish(await world.image(1));
      const [old, young] = [await world.image(2), await world.image(3)];
      let held = false;
      between(world.ssm, async ({ call, input }, next) => {
        if (call === "PutParameter" && input["Value"] === old.imageId && !held) {
          held = true;
          await world.publish(young); // between the look of the older one's publisher and its put
        }
        return next();
      });
      await world.publish(old);
      expect(held).toBe(true);
      expect(await world.latest()).toBe(young.imageId);
    },
  );

  test("a publisher that died after it overwrote a newer image puts it back when it is retried", async () => {
    const world = open();
    const [old, young] = [await world.image(1), await world.image(2)];
    let left = 1;
    between(world.ssm, async ({ call, input }, next) => {
      if (call !== "PutParameter" || input["Value"] !== old.imageId || left-- === 0) return next();
      await world.publish(young);
      await next();
      throw new Error("the function was killed");
    });
    await world.publish(await world.image(0));
    await expect(world.publish(old)).rejects.toThrow("killed");
    expect(await world.latest()).toBe(old.imageId);
    await world.publish(old);
    expect(await world.latest()).toBe(young.imageId);
  });

  test("an image that was removed does not come back, nor stands in the way", async () => {
    const world = open();
    const [old, young] = [await world.image(1), await world.image(2)];
    await world.publish(young);
    const record = { Bucket: stage.artifactBucket, Key: recordKey(young.imageId) };
    await world.s3.send(new DeleteObjectCommand(record));
    await world.publish(old);
    expect(await world.latest()).toBe(old.imageId);
  });

  test("what somebody wrote by hand gives way to the next image", async () => {
    const world = open();
    await world.put("ami-ffffffff");
    const image = await world.image(1);
    await world.publish(image);
    expect(await world.latest()).toBe(image.imageId);
  });

  test("a newer image is found among more versions than are on a page", async () => {
    const world = open();
    const [old, young] = [await world.image(1), await world.image(2)];
    await world.publish(young);
    for (let count = 0; count < 55; count++) await world.put("ami-ffffffff");
    await world.publish(old);
    expect(await world.latest()).toBe(young.imageId);
  });

  test("what was written and is not shown yet is not written again", async () => {
    const world = open();
    let looks = 0;
    between(world.ssm, async ({ call }, next) =>
      call === "GetParameterHistory" && ++looks <= 3 ? { Parameters: [] } : next(),
    );
    const image = await world.image(1);
    await world.publish(image);
    expect(world.puts()).toHaveLength(1);
    expect(looks).toBe(4);
  });

  test("an update that SSM refuses because of another is tried again", async () => {
    const world = open();
    let puts = 0;
    between(world.ssm, async ({ call }, next) => {
      if (call !== "PutParameter" || ++puts > 1) return next();
      throw Object.assign(new Error("one at a time"), { name: "TooManyUpdates" });
    });
    const image = await world.image(1);
    await world.publish(image);
    expect(await world.latest()).toBe(image.imageId);
  });

  test("who never gets to write says so", async () => {
    const world = open();
    between(world.ssm, async ({ call }, next) => {
      if (call !== "PutParameter") return next();
      throw Object.assign(new Error("one at a time"), { name: "TooManyUpdates" });
    });
    await expect(world.publish(await world.image(1))).rejects.toMatchObject({
      name: "InUse",
      message: expect.stringContaining(world.parameter),
    });
  });
});
