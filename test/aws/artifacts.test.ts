import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { s3Artifacts } from "../../aws/artifacts.ts";
import { describeArtifacts } from "../contracts/artifacts.ts";
import { bakeryOn, makeBucket, stage } from "../support/bakery-on-moto.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto();
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const open = async () => {
    const bakery = bakeryOn(moto);
    return { ...bakery, artifacts: s3Artifacts(bakery.aws) };
  };

  describeArtifacts("S3", open);

  test("artifacts are objects of their bake, encrypted with the stage's key", async () => {
    const { artifacts, newBake, asked } = await open();
    const bake = await newBake();
    await artifacts.write(bake, "bundle/web.yaml", "image:");
    expect(asked).toMatchObject([
      {
        call: "PutObject",
        input: {
          ...{ Bucket: stage.artifactBucket, Key: `bakes/${bake}/bundle/web.yaml` },
          ...{ ServerSideEncryption: "aws:kms", SSEKMSKeyId: stage.keyArn },
          ExpectedBucketOwner: stage.account,
        },
      },
    ]);
  });

  test("artifacts of tens of megabytes are read as they were written", async () => {
    const { artifacts, newBake } = await open();
    const bake = await newBake();
    const text = "grüße 🐦\n".repeat(1_000_000);
    await artifacts.write(bake, "inventory.json", text);
    expect((await artifacts.read(bake, "inventory.json")) === text).toBe(true);
  });
});
