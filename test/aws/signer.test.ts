import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kmsSigner } from "../../aws/signer.ts";
import { describeSigner } from "../contracts/signer.ts";
import { openKeys } from "../support/aws-double/keys.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { between, recorded } from "../support/recorded.ts";

describeSigner("KMS's", async () => {
  const signingKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/one";
  const newSigner = () => {
    const kms = new KMSClient({ region: "eu-west-1" });
    const { operations } = openKeys();
    between(kms, async ({ call, input }) =>
      call === "Sign" ? operations.Sign(input) : operations.GetPublicKey(),
    );
    return () => kmsSigner({ kms, stage: { signingKeyArn } });
  };
  const signer = newSigner();
  return {
    ...{ signer: signer(), again: signer, other: async () => newSigner()() },
    [Symbol.asyncDispose]: async () => {},
  };
});

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const open = async () => {
    const kms = new KMSClient(moto.client);
    const newSigner = async () => {
      const order = new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
      const { KeyMetadata } = await kms.send(order);
      const stage = { signingKeyArn: KeyMetadata?.Arn ?? "" };
      return { stage, signer: kmsSigner({ kms, stage }) };
    };
    const { stage, signer } = await newSigner();
    return { kms, stage, signer, [Symbol.asyncDispose]: async () => kms.destroy() };
  };

  // moto passes over MessageType and hashes again what is a digest: it signs the digest's digest
  test("the signature is one by the key whose public half is answered", async () => {
    await using world = await open();
    const message = Buffer.from("a message");
    const { keyId, signature } = await world.signer.sign(message);
    const [key] = await world.signer.trusted();
    expect(key?.keyId).toBe(keyId);
    const digest = createHash("sha256").update(message).digest();
    expect(verify("sha256", digest, createPublicKey(key?.pem ?? ""), signature)).toBe(true);
  });

  test("KMS is sent a digest, never the message, and asked for its key once", async () => {
    await using world = await open();
    const asked = recorded(world.kms);
    await world.signer.sign(Buffer.from("a message that is longer than its digest would be"));
    await Promise.all([world.signer.trusted(), world.signer.trusted()]);
    await world.signer.trusted();
    const KeyId = world.stage.signingKeyArn;
    expect(asked).toEqual([
      {
        call: "Sign",
        input: {
          ...{ KeyId, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" },
          Message: expect.toSatisfy((bytes: Uint8Array) => bytes.length === 32),
        },
      },
      { call: "GetPublicKey", input: { KeyId } },
    ]);
  });

  test("keys of before are trusted by what the stage tells of them, and KMS is not asked", async () => {
    await using world = await open();
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const der = publicKey.export({ type: "spki", format: "der" });
    const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/old";
    const earlierKeys = [{ keyArn, publicKey: der.toString("base64") }];
    const asked = recorded(world.kms);
    const signer = kmsSigner({ kms: world.kms, stage: { ...world.stage, earlierKeys } });
    const trusted = await signer.trusted();
    expect(trusted.map(({ keyId }) => keyId)).toEqual([world.stage.signingKeyArn, keyArn]);
    expect(asked).toHaveLength(1);
    const message = Buffer.from("x");
    const signature = sign("sha256", message, privateKey);
    expect(verify("sha256", message, trusted[1]?.pem ?? "", signature)).toBe(true);
  });

  test("a key that could not be had is asked for again", async () => {
    await using world = await open();
    const missing = { signingKeyArn: world.stage.signingKeyArn.replace(/\w{4}$/, "0000") };
    const signer = kmsSigner({ kms: world.kms, stage: missing });
    await expect(signer.trusted()).rejects.toMatchObject({ name: "NotFoundException" });
    missing.signingKeyArn = world.stage.signingKeyArn;
    expect(await signer.trusted()).toMatchObject([{ keyId: world.stage.signingKeyArn }]);
  });
});
