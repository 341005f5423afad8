import { readFileSync, writeFileSync } from "node:fs";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Image } from "../../core/image.ts";
import type { RuleVerdict } from "../../core/policy/verdict.ts";
import { bundleDigest, bundleText } from "../../core/statement/bundle.ts";
import { type Envelope, readEnvelope } from "../../core/statement/envelope.ts";
import { seal } from "../../core/statement/seal.ts";
import { Statement } from "../../core/statement/statement.ts";
import { provenanceOf } from "../../core/policy/in-force.ts";
import { leastPolicy } from "../../core/operator-policy/schema.ts";
import { removeImage } from "../../local/images.ts";
import { judgeAgain } from "../../local/judge-again.ts";
import { imageRecord, snapshotFolder, statementsFile } from "../../local/paths.ts";
import { replaceKey } from "../../local/signing-key.ts";
import { type LocalState, openState } from "../support/local-state.ts";
import { memorySigner } from "../support/memory-signer.ts";
import { signedImage } from "../support/signed-image.ts";
import { packed, smallInventory } from "../support/small-inventory.ts";

const flip = (base64: string): string => {
  const bytes = Buffer.from(base64, "base64");
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
  return bytes.toString("base64");
};

/** An image's statements and its record, as whoever may write in the state directory leaves them. */
const forge = async (
  { paths }: LocalState,
  image: Image,
  change: (envelope: Envelope) => Envelope | Promise<Envelope>,
): Promise<void> => {
  const file = statementsFile(paths, image.snapshotId);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const text = bundleText(await Promise.all(lines.map(async (line) => change(readEnvelope(line)))));
  writeFileSync(file, text);
  const record = { ...image, statement: bundleDigest(text) };
  writeFileSync(imageRecord(paths, image.imageId), JSON.stringify(record));
};

const resigned = (envelope: Envelope, keyId?: string): Promise<Envelope> => {
  const signer = memorySigner();
  const statement = JSON.parse(Buffer.from(envelope.payload, "base64").toString("utf8")) as unknown;
  const named = {
    ...signer,
    sign: async (message: Uint8Array) => {
      const signature = await signer.sign(message);
      return { ...signature, keyId: keyId ?? signature.keyId };
    },
  };
  return seal(named, Statement.parse(statement));
};

const debian = { kind: "scratch" as const, distribution: "debian", suite: "trixie" };

const signature = ({ signatures: [one] }: Envelope) => one;

describe("a child of an image of this machine", () => {
  test("starts from one whose statement holds, also by the key before", async () => {
    await using state = await openState();
    const { image: parent } = await signedImage(state);
    await replaceKey(state.paths);
    const { image } = await signedImage(state, { parent });
    expect(image.lineage).toMatchObject([{ kind: "image", imageId: parent.imageId }, {}]);
  });

  test.each<[string, (envelope: Envelope) => Envelope | Promise<Envelope>]>([
    ["a flipped bit in its payload", (one) => ({ ...one, payload: flip(one.payload) })],
    [
      "a flipped bit in its signature",
      (one) => ({ ...one, signatures: [{ ...signature(one), sig: flip(signature(one).sig) }] }),
    ],
    ["another key", (one) => resigned(one)],
    ["another key under this machine's name", (one) => resigned(one, signature(one).keyid)],
  ])("does not start from one whose statement has %s", async (_, change) => {
    await using state = await openState();
    const { image: parent } = await signedImage(state);
    await forge(state, parent, change);
    await expect(signedImage(state, { parent })).rejects.toMatchObject({
      name: "StatementBroken",
    });
  });

  test.each<[string, (parent: Image) => Partial<Image>]>([
    ["other ancestors", () => ({ lineage: [{ ...debian, suite: "sid" }] })],
    ["more ancestors", ({ lineage }) => ({ lineage: [...lineage, debian] })],
    ["another name", () => ({ name: "base" })],
  ])("does not start from one whose record was given %s", async (_, change) => {
    await using state = await openState();
    const { image } = await signedImage(state);
    const parent = { ...image, ...change(image) };
    writeFileSync(imageRecord(state.paths, parent.imageId), JSON.stringify(parent));
    await expect(signedImage(state, { parent })).rejects.toMatchObject({
      name: "StatementBroken",
    });
  });
});

/** Something else that can be read: what it says of the parent would be believed. */
const replaceInventory = ({ paths }: LocalState, { snapshotId }: Image): void =>
  writeFileSync(
    join(snapshotFolder(paths, snapshotId), "inventory.json.gz"),
    packed({ ...smallInventory, packages: [] }),
  );

test("a child does not start from an image whose inventory was replaced", async () => {
  await using state = await openState();
  const { image: parent } = await signedImage(state);
  replaceInventory(state, parent);
  await expect(signedImage(state, { parent })).rejects.toMatchObject({
    ...{ name: "StatementBroken" },
    message: expect.stringContaining("is another than the one that was signed"),
  });
});

describe("a child that is judged again", () => {
  const inForce = { policy: provenanceOf(leastPolicy()) };
  const said = async (
    { paths }: LocalState,
    image: Image,
    name = "parent_statement",
  ): Promise<RuleVerdict | undefined> => {
    const { rules } = await judgeAgain(paths, image, { inForce, vulnerabilities: undefined });
    return rules.find(({ rule }) => rule === name);
  };

  test("has its parent's statement verified by what its own says, also when that is gone", async () => {
    await using state = await openState();
    const { image: parent } = await signedImage(state);
    const { image } = await signedImage(state, { parent });
    await removeImage(state.paths, parent);
    expect(await said(state, image)).toMatchObject({
      ...{ mode: "enforce", status: "pass" },
      says: expect.stringContaining("when the image was baked"),
    });
  });

  test("fails when its parent's inventory was replaced since, by which it would be judged", async () => {
    await using state = await openState();
    const { image: parent } = await signedImage(state);
    const { image } = await signedImage(state, { parent });
    replaceInventory(state, parent);
    expect(await said(state, image)).toMatchObject({
      ...{ status: "fail", says: expect.stringContaining(`the inventory of ${parent.imageId} is`) },
    });
  });

  test("has its parent pinned by what its own says, also when that is gone", async () => {
    await using state = await openState();
    const { image: parent } = await signedImage(state);
    const { image } = await signedImage(state, { parent });
    const before = await said(state, image, "pinned");
    await removeImage(state.paths, parent);
    expect(before).toMatchObject({ status: "pass", evidence: [{ of: parent.imageId }, {}] });
    expect(await said(state, image, "pinned")).toEqual(before);
  });

  test("fails when its record names other ancestors than its statement", async () => {
    await using state = await openState();
    const { image: parent } = await signedImage(state);
    const { image } = await signedImage(state, { parent });
    const lineage = [...image.lineage, debian];
    expect(await said(state, { ...image, lineage })).toMatchObject({
      ...{ status: "fail", says: expect.stringContaining("names other ancestors") },
    });
  });

  test("fails when its own statement does not hold any more", async () => {
    await using state = await openState();
    const { image: parent } = await signedImage(state);
    const { image } = await signedImage(state, { parent });
    await forge(state, image, (one) => resigned(one));
    const file = readFileSync(imageRecord(state.paths, image.imageId), "utf8");
    expect(await said(state, JSON.parse(file) as Image)).toMatchObject({
      ...{ status: "fail", says: expect.stringContaining("none of the 1 trusted here") },
    });
  });
});
