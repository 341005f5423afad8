import { describe, expect, test } from "vitest";
import { digestOf } from "../../../core/digest-of.ts";
import { attest, statementsKey } from "../../../core/statement/attest.ts";
import { bundleDigest, provenIn } from "../../../core/statement/bundle.ts";
import { makeScanStatement, vulnerabilitiesType } from "../../../core/statement/make-scan.ts";
import { scanText } from "../../../core/vulnerabilities/kept-scan.ts";
import { Provenance } from "../../../core/statement/provenance.ts";
import { publishImage } from "../../../functions/publish-image.ts";
import { readRecipe } from "../../../functions/read-recipe.ts";
import { registerImage } from "../../../functions/register-image.ts";
import { resolveOrigin } from "../../../functions/resolve-origin.ts";
import type { BakeId, ImageId } from "../../../core/ids.ts";
import type { Image } from "../../../core/image.ts";
import { invoke } from "../../support/invoke.ts";
import { imageSpec, someBake } from "../../support/local-state.ts";
import { someScan } from "../../support/some-scan.ts";
import { memoryWorld, type MemoryWorld, webRecipe } from "../../support/memory-ports.ts";
import { packed, packedInventory, smallInventory } from "../../support/small-inventory.ts";

const scratch = { kind: "scratch" as const, distribution: "debian", suite: "trixie" };
const approve = async () => {};

/** A bake up to its registered candidate. */
const candidate = async (
  world: MemoryWorld,
  bake: BakeId = someBake(),
  lineage: Image["lineage"] = [scratch],
) => {
  await invoke(readRecipe(world.artifacts), { bake, recipe: "web.yaml", parameters: {} });
  const spec = { ...imageSpec(bake, "snap-00000001" as never), lineage };
  const { imageId } = (await invoke(registerImage(world.images, world.artifacts), spec)) as {
    imageId: ImageId;
  };
  const order = { bake, imageId, lineage, rootVolumeSize: 1 };
  return { bake, imageId, order };
};

const statementsIn = async (world: MemoryWorld, text: string) =>
  provenIn(text, await world.signer.trusted()).map(({ statement }) => statement);

test("a published image has its statements beside its record, and both say which", async () => {
  const world = memoryWorld();
  const { bake, imageId, order } = await candidate(world);
  await invoke(publishImage({ ...world, approve }), order);
  const { image, text = "" } = await world.images.find(imageId);
  expect(image.statement).toBe(bundleDigest(text));
  expect(world.announcements.told).toMatchObject([{ imageId, statement: image.statement }]);
  expect(await world.artifacts.read(bake, statementsKey)).toBe(text);
  const [statement, ...others] = await statementsIn(world, text);
  expect(others).toEqual([]);
  expect(statement?.subject).toEqual([
    { name: `${imageId}/tree`, digest: { sha256: smallInventory.digest?.slice(7) } },
    { name: `${imageId}/inventory.json.gz`, digest: { sha256: expect.stringMatching(/^\w{64}$/) } },
  ]);
  const provenance = Provenance.parse(statement?.predicate);
  expect(provenance).toMatchObject({
    buildDefinition: {
      externalParameters: {
        recipe: { name: "web", file: "web.yaml" },
        ...{ parameters: { GREETING: "hello" }, secrets: [] },
      },
      internalParameters: { image: { imageId, snapshotId: "snap-00000001" } },
      resolvedDependencies: [
        { name: "debian trixie", uri: "ovenbird:scratch/debian/trixie" },
        { name: "site" },
        { name: "ovenbird-agent" },
      ],
    },
    runDetails: {
      builder: { id: "ovenbird:machine/test" },
      metadata: { invocationId: bake },
      byproducts: [{ name: "inventory.json.gz" }, { name: "sbom.cdx.json" }],
    },
  });
  const { startedOn, finishedOn } = provenance.runDetails.metadata;
  expect(Date.parse(finishedOn)).toBeGreaterThanOrEqual(Date.parse(startedOn));
});

/** The provenance of a bake that left this beside what hardly any inventory has. */
const provenanceWith = async (more: Partial<typeof smallInventory>) => {
  const world = memoryWorld();
  const { bake, imageId } = await candidate(world);
  const platform = {
    ...world.platform,
    inventory: async () => packed({ ...smallInventory, ...more }),
  };
  const text = await attest({ ...world, platform })(bake, imageId);
  const [statement] = await statementsIn(world, text);
  return Provenance.parse(statement?.predicate);
};

const list = (repository: string, digit: string) => ({
  ...{ repository, sha256: digit.repeat(64), signer: "AB12", packages: 3 },
});

test("lists that packages were installed from are among the dependencies, in one order", async () => {
  const lists = [
    list("http://deb.debian.org/debian trixie main", "1"),
    { repository: "http://example.org/x ./", because: "it is packed as .lz4", packages: 0 },
    list("http://deb.debian.org/debian trixie main", "0"),
  ];
  const { buildDefinition } = await provenanceWith({ lists });
  const other = await provenanceWith({ lists: lists.toReversed() });
  expect(other.buildDefinition.resolvedDependencies).toEqual(buildDefinition.resolvedDependencies);
  const cited = buildDefinition.resolvedDependencies.filter(({ name = "" }) =>
    name.startsWith("dpkg list"),
  );
  const debian = {
    ...{ name: "dpkg list trixie main", uri: "http://deb.debian.org/debian" },
    annotations: { packages: 3, signer: "AB12" },
  };
  expect(cited).toEqual([
    { ...debian, digest: { sha256: "0".repeat(64) } },
    { ...debian, digest: { sha256: "1".repeat(64) } },
    {
      ...{ name: "dpkg list ./", uri: "http://example.org/x" },
      annotations: { packages: 0, because: "it is packed as .lz4" },
    },
  ]);
});

test("a statement says from which kept disk its bake resumed, and nothing where it did not", async () => {
  const resumed = { steps: 2, bake: someBake() };
  const { internalParameters } = (await provenanceWith({ resumed })).buildDefinition;
  expect(internalParameters.resumed).toEqual(resumed);
  for (const none of [{ resumed: null }, {}]) {
    const { buildDefinition } = await provenanceWith(none);
    expect(buildDefinition.internalParameters).not.toHaveProperty("resumed");
  }
});

describe("PublishImage that is called again", () => {
  test("publishes the same statements, and signs no others", async () => {
    const world = memoryWorld();
    const { imageId, order } = await candidate(world);
    const publish = () => invoke(publishImage({ ...world, approve }), order);
    await publish();
    const { text } = await world.images.find(imageId);
    await publish();
    expect((await world.images.find(imageId)).text).toBe(text);
    expect(world.signer).toSatisfy((signer: { signed(): number }) => signer.signed() === 1);
  });

  test("after it was killed once they were kept, publishes those", async () => {
    const world = memoryWorld();
    const { bake, imageId, order } = await candidate(world);
    const dying = { ...world.images, publish: () => Promise.reject(new Error("killed")) };
    const killed = invoke(publishImage({ ...world, images: dying, approve }), order);
    await expect(killed).rejects.toThrow("killed");
    const text = await world.artifacts.read(bake, statementsKey);
    await invoke(publishImage({ ...world, approve }), order);
    expect((await world.images.find(imageId)).text).toBe(text);
  });

  test("at the same time, publishes what the first one kept", async () => {
    const world = memoryWorld();
    const { imageId, order } = await candidate(world);
    const publish = () => invoke(publishImage({ ...world, approve }), order);
    await Promise.all([publish(), publish(), publish()]);
    const { image, text = "" } = await world.images.find(imageId);
    expect(image.statement).toBe(bundleDigest(text));
    expect(
      new Set(world.announcements.told.map((told) => JSON.stringify({ ...told, at: 0 }))),
    ).toHaveLength(1);
  });

  test("publishes nothing when what is kept is not what was signed", async () => {
    const world = memoryWorld();
    const { bake, order, imageId } = await candidate(world);
    const text = await world.attest(bake, imageId);
    await world.artifacts.write(bake, statementsKey, text.replace(/"sig":"M/, '"sig":"N'));
    const again = invoke(publishImage({ ...world, approve }), order);
    await expect(again).rejects.toMatchObject({ name: "StatementBroken" });
    expect(world.images.all.get(imageId)?.state).toBe("candidate");
  });

  test("publishes no statement of another image", async () => {
    const world = memoryWorld();
    const [one, other] = [await candidate(world), await candidate(memoryWorld())];
    await expect(world.attest(one.bake, other.imageId)).rejects.toMatchObject({
      name: "StatementBroken",
    });
  });
});

const secretRecipe = webRecipe.replace(
  "GREETING: { type: string, default: hello }",
  [
    "GREETING: { type: string, default: hello }",
    "    TOKEN: { type: secret, from: { environment: SOME_TOKEN } }",
    "    OTHER: { type: secret, from: { parameter: /some/place } }",
  ].join("\n"),
);

test("of secrets a statement has the names, and neither values nor places", async () => {
  process.env["SOME_TOKEN"] = "hunter2-hunter2";
  const world = memoryWorld(0, secretRecipe);
  const { order, imageId } = await candidate(world);
  await invoke(publishImage({ ...world, approve }), order);
  const { text = "" } = await world.images.find(imageId);
  const [statement] = await statementsIn(world, text);
  const { buildDefinition } = Provenance.parse(statement?.predicate);
  expect(buildDefinition.externalParameters.secrets).toEqual(["TOKEN", "OTHER"]);
  const whole = JSON.stringify(statement);
  for (const word of ["hunter2", "SOME_TOKEN", "/some/place"]) expect(whole).not.toContain(word);
});

/** Of an image whose statement does not hold nothing more is read. */
const unreadInventory = {
  inventoryOf: () => Promise.reject(new Error("the statement is verified first")),
};

const published = async (world: MemoryWorld) => {
  const made = await candidate(world);
  await invoke(publishImage({ ...world, approve }), made.order);
  return made.imageId;
};

describe("an image of ours that is an origin", () => {
  test("is proven by its statement, whose digests go into its child's", async () => {
    const world = memoryWorld();
    const parent = await published(world);
    const bake = someBake();
    await invoke(readRecipe(world.artifacts), { bake, recipe: "web.yaml", parameters: {} });
    const lineage: Image["lineage"] = [{ kind: "image", imageId: parent, name: "base" }, scratch];
    const { snapshotId } = (await world.images.find(parent)).image;
    const origins = {
      resolve: async () => ({ lineage, snapshotId, rootVolumeSize: 1 }),
    };
    await invoke(resolveOrigin(origins, world.artifacts, { ...world, hold: async () => {} }), {
      bake,
    });
    const child = await candidate(world, bake, lineage);
    const [statement] = await statementsIn(world, await world.attest(bake, child.imageId));
    const { resolvedDependencies } = Provenance.parse(statement?.predicate).buildDefinition;
    const { image } = await world.images.find(parent);
    expect(resolvedDependencies.slice(0, 2)).toMatchObject([
      {
        ...{ name: `${parent}/tree`, digest: { sha256: smallInventory.digest?.slice(7) } },
        annotations: { signed: true, statement: image.statement },
      },
      { name: `${parent}/inventory.json.gz` },
    ]);
  });

  test("is told as unsigned when it was published before there were statements", async () => {
    const world = memoryWorld();
    const { imageId } = await candidate(world);
    await world.images.publish(imageId);
    expect(await world.prove(imageId)).toEqual({ imageId });
  });

  test.each([
    ["whose statement was changed", (text: string) => text.replace(/"sig":"M/, '"sig":"N')],
    ["whose statement is cut off", (text: string) => text.slice(0, -2)],
    ["whose statement is gone", () => undefined],
  ])("and %s is refused", async (_, change) => {
    const world = memoryWorld();
    const imageId = await published(world);
    const { image, text = "" } = await world.images.find(imageId);
    const find = async () => ({ image, text: change(text) });
    const changed = { ...world.images, find };
    const { proveOrigin } = await import("../../../core/statement/origin-proof.ts");
    await expect(
      proveOrigin({ ...unreadInventory, statements: changed, keys: world.signer })(imageId),
    ).rejects.toMatchObject({ name: "StatementBroken", message: expect.stringContaining(imageId) });
  });

  test.each([
    ["is another than was signed", `sha256:${"0".repeat(64)}`],
    ["is gone", undefined],
  ])("and whose inventory %s is refused", async (_, found) => {
    const world = memoryWorld();
    const imageId = await published(world);
    const { proveOrigin } = await import("../../../core/statement/origin-proof.ts");
    const proving = { statements: world.images, keys: world.signer };
    expect(await world.prove(imageId)).toMatchObject({ signed: {} });
    const inventoryOf = async () => found;
    await expect(proveOrigin({ ...proving, inventoryOf })(imageId)).rejects.toMatchObject({
      ...{ name: "StatementBroken", message: expect.stringContaining("nobody knows any more") },
    });
  });

  test("and whose record names another image's statement is refused", async () => {
    const world = memoryWorld();
    const [one, other] = [await published(world), await published(world)];
    const { proveOrigin } = await import("../../../core/statement/origin-proof.ts");
    const theirs = await world.images.find(other);
    const { image } = await world.images.find(one);
    const find = async () => ({
      image: { ...image, statement: theirs.image.statement },
      text: theirs.text,
    });
    const prove = proveOrigin({
      ...{ ...unreadInventory, statements: { find }, keys: world.signer },
    });
    await expect(prove(one)).rejects.toMatchObject({ message: expect.stringContaining("another") });
  });
});

/** What policy said of an inventory, where another one is to be signed. */
const judged = async (more: object) => {
  const world = memoryWorld();
  const { bake, order } = await candidate(world);
  await world.artifacts.write(bake, "verdict.json", JSON.stringify({ format: 1, ...more }));
  return { world, publish: () => invoke(publishImage({ ...world, approve }), order) };
};

describe("an inventory that was swapped after policy judged it", () => {
  test("is not signed, and its image not published", async () => {
    const { world, publish } = await judged({ inventory: digestOf("the one that was judged") });
    await expect(publish()).rejects.toMatchObject({
      ...{
        name: "StatementBroken",
        message: expect.stringMatching(/of the inventory sha256:\w+, and/),
      },
    });
    expect(world.announcements.told).toEqual([]);
  });

  test("is told by a verdict that names one, and by no other", async () => {
    for (const more of [{ inventory: digestOf(packedInventory) }, {}]) {
      const { world, publish } = await judged(more);
      await publish();
      expect(world.announcements.told).toHaveLength(1);
    }
  });
});

describe("what was known of vulnerabilities", () => {
  test("is a second statement on the same subjects, and bound to the first by its digest", async () => {
    const world = memoryWorld();
    const { bake, imageId } = await candidate(world);
    await world.artifacts.write(bake, "scan.json", scanText(someScan));
    await world.artifacts.write(bake, "verdict.json", "{}");
    const [one, other] = await statementsIn(world, await world.attest(bake, imageId));
    expect(other).toMatchObject({ subject: one?.subject, predicateType: vulnerabilitiesType });
    expect(other?.predicate).toMatchObject({
      scanner: {
        ...{ uri: "ovenbird:osv/debian", version: "1" },
        db: { uri: "https://osv.test/debian", lastUpdate: someScan.newest },
        result: [{ id: "CVE-2026-1", severity: [{ method: "level", score: "high" }, {}, {}] }],
      },
      ovenbird_unscanned: [{ package: "left-pad", kind: "npm", version: "1", why: "not covered" }],
      metadata: { scanStartedOn: someScan.startedOn, scanFinishedOn: someScan.finishedOn },
    });
    const { byproducts } = Provenance.parse(one?.predicate).runDetails;
    expect(byproducts.map(({ name }) => name)).toEqual([
      ...["inventory.json.gz", "sbom.cdx.json", "scan.json", "verdict.json"],
    ]);
  });

  test("has no age where nobody said how old it is", () => {
    const { newest: _, ...live } = someScan;
    const { predicate } = makeScanStatement([], live);
    expect(predicate["scanner"]).not.toHaveProperty("db");
  });
});

test("an inventory of the time before tree digests is a subject by itself", async () => {
  const world = memoryWorld();
  const { digest: _, ...older } = smallInventory;
  const { packed } = await import("../../support/small-inventory.ts");
  const platform = { ...world.platform, inventory: async () => packed(older) };
  const { bake, imageId } = await candidate(world);
  const { artifacts, signer } = world;
  const text = await attest({ artifacts, signer, platform })(bake, imageId);
  const [statement] = await statementsIn(world, text);
  expect(statement?.subject.map(({ name }) => name)).toEqual([`${imageId}/inventory.json.gz`]);
  expect(packedInventory.length).toBeGreaterThan(0);
});
