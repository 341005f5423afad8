import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { s3Artifacts } from "../../aws/artifacts.ts";
import { amiNamed, type Archive, proveAmi } from "../../cli/aws/prove-ami.ts";
import { verifyOnAws } from "../../cli/commands/verify-on-aws.ts";
import { NotFound } from "../../core/errors.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { ImageId } from "../../core/ids.ts";
import { attest } from "../../core/statement/attest.ts";
import { anyName } from "../../core/statement/signer.ts";
import { scanText } from "../../core/vulnerabilities/kept-scan.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { registerImage } from "../../functions/register-image.ts";
import { someStage } from "../support/aws-stage.ts";
import { memoryPlatform } from "../support/attesting.ts";
import { bakeryOn, makeBucket, stage as bucket } from "../support/bakery-on-moto.ts";
import { invoke } from "../support/invoke.ts";
import { memorySigner } from "../support/memory-signer.ts";
import { webRecipe } from "../support/memory-ports.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { packedInventory } from "../support/small-inventory.ts";
import { someScan } from "../support/some-scan.ts";
import { ovenbird } from "./run-cli.ts";

describe.skipIf(noMoto !== "")(`verify --on aws, over an AWS that others wrote${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  /** An image that was published by the real functions, and by a key that KMS has not. */
  const published = async () => {
    const world = bakeryOn(moto);
    const kms = new KMSClient(moto.client);
    const order = new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    const { KeyMetadata } = await kms.send(order);
    const signingKeyArn = KeyMetadata?.Arn ?? "";
    const stage = someStage({ ...bucket, signingKeyArn });
    const artifacts = s3Artifacts(world.aws);
    const spec = await world.newSpec();
    const { bake } = spec;
    await artifacts.write(bake, "bundle/web.yaml", webRecipe);
    await artifacts.put(bake, "inventory.json.gz", packedInventory);
    await artifacts.write(bake, "scan.json", scanText(someScan));
    await invoke(readRecipe(artifacts), { bake, recipe: "web.yaml", parameters: {} });
    const images = {
      ...world.images,
      register: (one: typeof spec) => world.images.register(one, noAttributes),
    };
    const registered = await invoke(registerImage(images, artifacts), spec);
    const { imageId } = registered as { imageId: ImageId };
    const own = memorySigner();
    const signer = {
      ...own,
      sign: async (message: Uint8Array) => ({
        ...(await own.sign(message)),
        keyId: signingKeyArn,
      }),
    };
    const [key] = await own.trusted();
    const text = await attest({ artifacts, signer, platform: memoryPlatform })(bake, imageId);
    await world.images.publish(imageId, text);
    const archive: Archive = { ...world, kms, stage };
    return { archive, imageId, name: spec.name, pem: { keyId: anyName, pem: key?.pem ?? "" } };
  };

  test("an AMI is proven by its files in S3, EC2's word and a public key", async () => {
    const { archive, imageId, name, pem } = await published();
    expect(await amiNamed(archive, name)).toBe(imageId);
    const { outcome, statements, sentences } = await proveAmi(archive, imageId, [pem]);
    expect(sentences.filter(({ isBroken }) => isBroken)).toEqual([]);
    expect({ outcome, statements }).toMatchObject({ outcome: "proven", statements: [{}, {}] });
    const said = sentences.map(({ text }) => text);
    expect(said).toContainEqual(expect.stringContaining("1 high; it did not look at 1 packages"));
    expect(said).toContainEqual(expect.stringContaining("the stage's watermark"));
  });

  test("by KMS's own key a statement of another in its name is broken", async () => {
    const { archive, imageId } = await published();
    expect(await proveAmi(archive, imageId, undefined)).toMatchObject({
      ...{ outcome: "broken", sentences: [{ text: expect.stringContaining("does not hold") }] },
    });
  });

  test("an image that the catalogue does not know is not found", async () => {
    const { archive } = await published();
    const none = ImageId.parse("ami-00000000");
    await expect(proveAmi(archive, none, undefined)).rejects.toBeInstanceOf(NotFound);
  });

  test("where there is no such stage, the command says so, and refuses what reads a disk", async () => {
    const env = {
      ...{ ...process.env, AWS_ENDPOINT_URL: moto.client.endpoint, AWS_REGION: "eu-west-1" },
      ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    };
    const missing = await ovenbird(["verify", "ami-00000000", "--on", "aws"], { env });
    expect(missing).toMatchObject({ status: 5, stderr: expect.stringContaining("no stage dev") });
    const wrong = await ovenbird(["verify", "web", "--on", "aws", "--against", "x"], { env });
    expect(wrong).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--against is only"),
    });
    const key = ["--key", "/none/key.pem"];
    await expect(verifyOnAws(["web"], { key: key.slice(1) })).rejects.toMatchObject({
      name: "NotFound",
    });
  });
});
