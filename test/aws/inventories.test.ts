import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe } from "vitest";
import { bakePlaces } from "../../aws/agent/places.ts";
import { s3Inventories } from "../../aws/inventories.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { describeInventories } from "../contracts/inventories.ts";
import { bakeryOn, makeBucket, stage } from "../support/bakery-on-moto.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  describeInventories("S3", async () => {
    const bakery = bakeryOn(moto);
    const { images, newSpec, s3 } = bakery;
    return {
      ...bakery,
      inventories: s3Inventories(bakery.aws),
      async published() {
        const spec = await newSpec();
        const imageId = await images.register(spec, noAttributes);
        await images.publish(imageId);
        return { bake: spec.bake, imageId };
      },
      async leave(bake, Body) {
        const Key = bakePlaces(bake).inventory;
        await s3.send(new PutObjectCommand({ Bucket: stage.artifactBucket, Key, Body }));
      },
    };
  });
});
