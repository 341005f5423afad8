import { Buffer } from "node:buffer";
import { KMSClient } from "@aws-sdk/client-kms";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { amiReport } from "../../cli/aws/ami-report.ts";
import { amiNamed, type Archive, proveAmi } from "../../cli/aws/prove-ami.ts";
import { BakeId, ImageId } from "../../core/ids.ts";
import { bundleDigest, bundleText, provenIn } from "../../core/statement/bundle.ts";
import { readEnvelope } from "../../core/statement/envelope.ts";
import { seal } from "../../core/statement/seal.ts";
import { anyName, type PublicKey } from "../../core/statement/signer.ts";
import { KeptScan } from "../../core/vulnerabilities/kept-scan.ts";
import { type AwsBakery, openAwsBakery, stockRecipe } from "../support/aws-double/bakery.ts";
import { cleanInventory, packed } from "../support/clean-inventory.ts";
import { disk } from "../support/local-state.ts";
import { memorySigner } from "../support/memory-signer.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");
let children = 0;
const childRecipe = `
image:
  name: child
  origin: { recipe: web }
  configure: [{ shell: "true" }]
  tests: ["true"]
`;

const agent = { after: 9000, result: { status: "succeeded" as const, disk } };

interface Published {
  bakery: AwsBakery;
  imageId: ImageId;
}

/** A stage with one published image, which all tests share: a bake takes long. */
let world: Published;
/** Makes it again what it was. */
let restore: () => void;

beforeAll(async () => {
  const bakery = openAwsBakery({ agent });
  const { imageId } = await bakery.run(() => bakery.bake(bake));
  world = { bakery, imageId: ImageId.parse(imageId) };
  const { aws } = bakery;
  const objects = new Map(aws.objects);
  const { tags, about } = structuredClone(aws.images.named(world.imageId));
  const ids = new Set([...aws.images.values()].map(({ id }) => id));
  restore = () => {
    for (const { id } of [...aws.images.values()]) if (!ids.has(id)) aws.images.delete(id);
    aws.objects.clear();
    for (const [key, object] of objects) aws.objects.set(key, object);
    Object.assign(aws.images.named(world.imageId), structuredClone({ tags, about }));
  };
});
afterEach(() => restore());

const keyOf = (imageId: ImageId) => ({
  statements: `test-artifacts/images/${imageId}.intoto.jsonl`,
  record: `test-artifacts/images/${imageId}.json`,
});

const textAt = ({ aws }: AwsBakery, key: string): string =>
  aws.objects.get(key)?.body.toString() ?? "";

const put = ({ aws, clock }: AwsBakery, key: string, text: string) =>
  aws.objects.set(key, { body: Buffer.from(text), at: clock.now() });

const archiveOf = ({ aws, handlers }: AwsBakery): Archive => {
  const credentials = { accessKeyId: "double", secretAccessKey: "double" };
  const kms = aws.client(new KMSClient({ region: "eu-west-1", credentials }));
  return { ec2: aws.ec2, s3: aws.s3, ssm: aws.ssm, kms, stage: handlers.stage };
};

const proofsOf = ({ bakery, imageId }: Published, keys?: PublicKey[]) =>
  bakery.run(() => proveAmi(archiveOf(bakery), imageId, keys));

const child = (bakery: AwsBakery) => {
  const id = BakeId.parse(`child-0123456789abcdef-${++children}`);
  return bakery.run(() => bakery.bake(id, { recipe: childRecipe }));
};

/** Has the record and the tag of an image name these statements, as whoever may write both would. */
const replace = ({ bakery, imageId }: Published, text: string) => {
  const { statements, record } = keyOf(imageId);
  put(bakery, statements, text);
  const statement = bundleDigest(text);
  put(bakery, record, JSON.stringify({ ...JSON.parse(textAt(bakery, record)), statement }));
  retag(bakery, imageId, statement);
};

const retag = ({ aws }: AwsBakery, imageId: ImageId, statement?: string) => {
  const ami = aws.images.named(imageId);
  const others = ami.tags.filter(({ Key }) => Key !== "ovenbird:statement");
  const tag = { Key: "ovenbird:statement", Value: statement ?? "" };
  ami.tags = statement === undefined ? others : [...others, tag];
};

test("an image has the scan's statement beside its provenance, and the scan is kept", async () => {
  const { bakery, imageId } = world;
  const scan = KeptScan.parse(JSON.parse(textAt(bakery, `test-artifacts/bakes/${bake}/scan.json`)));
  expect(scan).toMatchObject({ scanner: { uri: "https://osv.test" }, findings: [] });
  const text = textAt(bakery, keyOf(imageId).statements);
  const { trusted } = await import("../../aws/signer.ts").then(({ kmsKeys }) =>
    kmsKeys(archiveOf(bakery)),
  );
  const keys = await bakery.run(trusted);
  expect(provenIn(text, keys).map(({ statement }) => statement.predicateType)).toEqual([
    ...["https://slsa.dev/provenance/v1", "https://in-toto.io/attestation/vulns/v0.2"],
  ]);
});

test("an image that nobody could scan has one statement, and verify says what it does not prove", async () => {
  const { bakery } = world;
  const { ScanImpossible } = await import("../../core/errors.ts");
  const { find } = bakery.handlers.inspector;
  bakery.handlers.inspector.find = () => Promise.reject(new ScanImpossible("away"));
  bakery.drop(
    "policies/team.yaml",
    "policy: { provenance: { vulnerabilities: { mode: report }, known_exploited: { mode: report } } }",
  );
  const other = BakeId.parse("blind-0123456789abcdef-1");
  const recipe = stockRecipe.replace("name: web", "name: blind");
  const { imageId } = await bakery.run(() => bakery.bake(other, { recipe }));
  bakery.handlers.inspector.find = find;
  expect(bakery.aws.objects.has(`test-artifacts/bakes/${other}/scan.json`)).toBe(false);
  const proofs = await proofsOf({ bakery, imageId: ImageId.parse(imageId) });
  expect(proofs).toMatchObject({ outcome: "proven", statements: [{}] });
  expect(proofs.sentences).toContainEqual({
    ...{ proven: false, isBroken: false, text: "nothing was signed of its vulnerabilities" },
  });
});

test("a judgement that comes after the publication changes nothing of what was signed", async () => {
  const { bakery, imageId } = world;
  const keys = ["scan.json", "verdict.json"].map((name) => `test-artifacts/bakes/${bake}/${name}`);
  const before = keys.map((key) => textAt(bakery, key));
  const record = JSON.parse(textAt(bakery, keyOf(imageId).record)) as { lineage: object[] };
  const order = { bake, imageId, lineage: record.lineage };
  await bakery.run(() => bakery.handlers.all.CheckProvenance(order, {}));
  expect(keys.map((key) => textAt(bakery, key))).toEqual(before);
  expect((await proofsOf(world)).outcome).toBe("proven");
});

describe("the report on an AMI", () => {
  test("is found by its id, by its recipe and by its bake", async () => {
    const { bakery, imageId } = world;
    const archive = archiveOf(bakery);
    const pages = await bakery.run(() =>
      Promise.all([imageId, "web", bake].map((named) => amiReport(archive, named))),
    );
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain(`<p class="id"><code>${imageId}</code></p>`);
    expect(pages[0]).toContain('<tr class="state"><th scope="row">RunAgent');
  });

  test.each([
    ["ami-0000000000000000f", "has published no image ami-0000000000000000f"],
    ["web-0123456789abcdef-9", "policy judged no image of it"],
  ])("of %s is not there, which is said", async (named, says) => {
    const { bakery } = world;
    await expect(bakery.run(() => amiReport(archiveOf(bakery), named))).rejects.toMatchObject({
      ...{ name: "NotFound", message: expect.stringContaining(says) },
    });
  });
});

describe("an AMI is verified", () => {
  test("by what was signed, what is kept, and what EC2 says; its disk is told not to be", async () => {
    const { outcome, keyId, sentences } = await proofsOf(world);
    expect(outcome).toBe("proven");
    expect(keyId).toBe(world.bakery.handlers.stage.signingKeyArn);
    const proven = sentences.filter((one) => one.proven).map(({ text }) => text);
    for (const said of [
      "the inventory is the one that was signed",
      "scan.json is the one that was signed",
      "verdict.json is the one that was signed",
      "vulnerabilities were looked for by https://osv.test",
      "the snapshot that it begins as is the one that was signed",
      "the digest of statements in its tags is the one that was signed",
      "the digest of policy's verdict in its tags is the one that was signed",
      "it has the stage's watermark, 123456789012:ovenbird-test",
    ]) {
      expect(proven).toContainEqual(expect.stringContaining(said));
    }
    const open = sentences.filter((one) => !one.proven).map(({ text }) => text);
    expect(open).toEqual([
      expect.stringContaining("the disk was not read again"),
      expect.stringContaining("ovenbird verify FILE --against inventory.json.gz"),
    ]);
  });

  test("by its recipe's name as well as by its id, and by a PEM instead of KMS", async () => {
    const archive = archiveOf(world.bakery);
    expect(await world.bakery.run(() => amiNamed(archive, "web"))).toBe(world.imageId);
    expect(await amiNamed(archive, world.imageId)).toBe(world.imageId);
    await expect(world.bakery.run(() => amiNamed(archive, "other"))).rejects.toMatchObject({
      ...{ name: "NotFound", message: expect.stringContaining("no image of a recipe other") },
    });
    const { kmsKeys } = await import("../../aws/signer.ts");
    const [key] = await world.bakery.run(() => kmsKeys(archive).trusted());
    const pem = { keyId: anyName, pem: key?.pem ?? "" };
    expect((await proofsOf(world, [pem])).outcome).toBe("proven");
    const [other] = await memorySigner().trusted();
    const stranger = { keyId: anyName, pem: other?.pem ?? "" };
    expect(await proofsOf(world, [stranger])).toMatchObject({
      ...{ outcome: "broken", sentences: [{ text: expect.stringContaining("does not hold") }] },
    });
  });

  test.each([
    ["another snapshot", "begins as", (world: Published) => otherSnapshot(world)],
    [
      "a tag of another statement",
      "and its tag in EC2",
      (world: Published) => retag(world.bakery, world.imageId, `sha256:${"0".repeat(64)}`),
    ],
    [
      "no tag of a statement",
      "its tag in EC2 none",
      (world: Published) => retag(world.bakery, world.imageId),
    ],
    [
      "another inventory",
      "the inventory is another than was signed",
      (world: Published) => change(world, "inventory.json.gz"),
    ],
    [
      "another verdict",
      "verdict.json is another than was signed",
      (world: Published) => change(world, "verdict.json"),
    ],
    [
      "another scan",
      "scan.json is another than was signed",
      (world: Published) => change(world, "scan.json"),
    ],
    [
      "no statements any more",
      "is gone",
      ({ bakery, imageId }: Published) => void bakery.aws.objects.delete(keyOf(imageId).statements),
    ],
    [
      "another account",
      "of the account 999999999999",
      ({ bakery, imageId }: Published) =>
        Object.assign(bakery.aws.images.named(imageId).about, { OwnerId: "999999999999" }),
    ],
  ])("and %s is broken", async (_, says, tamper) => {
    tamper(world);
    const { outcome, sentences } = await proofsOf(world);
    expect(outcome).toBe("broken");
    const broken = sentences.filter(({ isBroken }) => isBroken).map(({ text }) => text);
    expect(broken).toContainEqual(expect.stringContaining(says));
  });
});

const otherSnapshot = ({ bakery, imageId }: Published) => {
  const { about } = bakery.aws.images.named(imageId);
  about.BlockDeviceMappings = (about.BlockDeviceMappings ?? []).map((one) => ({
    ...{ ...one, Ebs: { ...one.Ebs, SnapshotId: "snap-00000000" } },
  }));
};

/** Of an inventory another one that can be read; of a report a space more. */
const change = ({ bakery }: Published, name: string): void => {
  const key = `test-artifacts/bakes/${bake}/${name}`;
  const other = packed(cleanInventory({ packages: [] }));
  const body = name === "inventory.json.gz" ? other : Buffer.from(`${textAt(bakery, key)} `);
  bakery.aws.objects.set(key, { body, at: bakery.clock.now() });
};

const flipped = (text: string, field: "payload" | "sig") => {
  const [line = "", ...rest] = text.split("\n");
  const envelope = readEnvelope(line);
  const [signature] = envelope.signatures;
  const bytes = Buffer.from(field === "payload" ? envelope.payload : signature.sig, "base64");
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
  const changed = bytes.toString("base64");
  const again =
    field === "payload"
      ? { ...envelope, payload: changed }
      : { ...envelope, signatures: [{ ...signature, sig: changed }] as [typeof signature] };
  return [...bundleText([again]).split("\n").slice(0, 1), ...rest].join("\n");
};

/** What it says, signed by a key that is not the stage's but has its name. */
const resigned = async (text: string, keyId?: string) => {
  const signer = memorySigner();
  const named = {
    ...signer,
    sign: async (message: Uint8Array) => {
      const signature = await signer.sign(message);
      return { ...signature, keyId: keyId ?? signature.keyId };
    },
  };
  const statements = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(Buffer.from(readEnvelope(line).payload, "base64").toString()));
  return bundleText(await Promise.all(statements.map((one) => seal(named, one))));
};

describe("a child of an image of ours", () => {
  test("is published when its parent's statement holds, and says that it did", async () => {
    const { bakery } = world;
    const { status, imageId } = await child(bakery);
    expect(status).toBe("SUCCEEDED");
    const { sentences } = await proofsOf({ bakery, imageId: ImageId.parse(imageId) });
    expect(sentences.map(({ text }) => text)).toContain(
      "its origin is an image of ours whose own statement held",
    );
  });

  test.each([
    ["a bit of whose payload was flipped", async (text: string) => flipped(text, "payload")],
    ["a bit of whose signature was flipped", async (text: string) => flipped(text, "sig")],
    ["that somebody else signed", (text: string) => resigned(text)],
    [
      "that somebody else signed in the stage's name",
      (text: string) =>
        resigned(text, (JSON.parse(text.split("\n")[0] ?? "") as never)["signatures"][0]["keyid"]),
    ],
  ])("of a statement %s is not baked", async (_, forge) => {
    replace(world, await forge(textAt(world.bakery, keyOf(world.imageId).statements)));
    const { error, told } = await child(world.bakery);
    expect(error).toBe("StatementBroken");
    expect(told).toMatchObject([{ outcome: "failed", error: "StatementBroken" }]);
  });

  test("whose parent's record names another disk is not baked", async () => {
    const { record } = keyOf(world.imageId);
    const changed = { ...JSON.parse(textAt(world.bakery, record)), snapshotId: "snap-00000000" };
    put(world.bakery, record, JSON.stringify(changed));
    expect((await child(world.bakery)).error).toBe("StatementBroken");
  });

  test("whose parent's inventory was replaced is not baked", async () => {
    change(world, "inventory.json.gz");
    const { error, told } = await child(world.bakery);
    expect(error).toBe("StatementBroken");
    expect(told).toMatchObject([
      {
        outcome: "failed",
        message: expect.stringContaining(
          `the inventory of ${world.imageId} is another than the one that was signed`,
        ),
      },
    ]);
  });

  test("whose parent's inventory is gone is not baked", async () => {
    world.bakery.aws.objects.delete(`test-artifacts/bakes/${bake}/inventory.json.gz`);
    const { error, told } = await child(world.bakery);
    expect(error).toBe("StatementBroken");
    expect(told).toMatchObject([{ message: expect.stringContaining("is gone: nobody knows") }]);
  });

  test("is not judged by an inventory of its parent that was replaced meanwhile", async () => {
    const { bakery } = world;
    const baked = await child(bakery);
    const imageId = ImageId.parse(baked.imageId);
    const { lineage, bake: id } = JSON.parse(textAt(bakery, keyOf(imageId).record)) as never;
    const judged = () =>
      bakery.run(() => bakery.handlers.all.CheckProvenance({ bake: id, imageId, lineage }, {}));
    await expect(judged()).resolves.toHaveProperty("failed");
    change(world, "inventory.json.gz");
    await expect(judged()).rejects.toMatchObject({ name: "StatementBroken" });
  });

  test.each([
    ["owner", "amazon's image is somebody's, or the other way around"],
    ["created", "an old image is a young one"],
  ])("whose parent's record names another %s of its stock image is not baked: %s", async (name) => {
    const { record } = keyOf(world.imageId);
    const image = JSON.parse(textAt(world.bakery, record));
    const value = name === "owner" ? "666666666666" : "2099-01-01T00:00:00.000Z";
    image.lineage[0] = { ...image.lineage[0], [name]: value };
    put(world.bakery, record, JSON.stringify(image));
    expect((await child(world.bakery)).error).toBe("StatementBroken");
    const { outcome, sentences } = await proofsOf(world);
    expect({ outcome, sentences }).toMatchObject({
      ...{ outcome: "broken", sentences: [{ text: expect.stringContaining("other ancestors") }] },
    });
  });

  test("whose parent's record forgot its statement is not baked: the tag knows", async () => {
    const { record, statements } = keyOf(world.imageId);
    const { statement: _, ...unsigned } = JSON.parse(textAt(world.bakery, record));
    put(world.bakery, record, JSON.stringify(unsigned));
    world.bakery.aws.objects.delete(statements);
    expect((await child(world.bakery)).error).toBe("StatementBroken");
  });

  test("of which nothing was ever signed fails the policy, or is told of if that only reports", async () => {
    const { record, statements } = keyOf(world.imageId);
    const { statement: _, ...unsigned } = JSON.parse(textAt(world.bakery, record));
    put(world.bakery, record, JSON.stringify(unsigned));
    world.bakery.aws.objects.delete(statements);
    retag(world.bakery, world.imageId);
    const { error, told } = await child(world.bakery);
    expect(error).toBe("ProvenanceFailed");
    expect(told).toMatchObject([
      { message: expect.stringContaining(`parent_statement: nobody signed anything of ami-`) },
    ]);
    world.bakery.drop(
      "policies/team.yaml",
      "policy: { provenance: { parent_statement: { mode: report } } }",
    );
    expect((await child(world.bakery)).status).toBe("SUCCEEDED");
  });
});
