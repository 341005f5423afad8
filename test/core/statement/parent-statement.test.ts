import { describe, expect, test } from "vitest";
import { ImageId } from "../../../core/ids.ts";
import {
  assertCopied,
  type OriginProof,
  writeOriginProof,
} from "../../../core/statement/origin-proof.ts";
import { parentAsSigned, parentStatement } from "../../../core/statement/parent-statement.ts";
import { proveBundle } from "../../../core/statement/prove-image.ts";
import { readRecipe } from "../../../functions/read-recipe.ts";
import { registerImage } from "../../../functions/register-image.ts";
import { resolveOrigin } from "../../../functions/resolve-origin.ts";
import type { Image } from "../../../core/image.ts";
import { stock } from "../policy/facts.ts";
import { cleanInventory } from "../../support/clean-inventory.ts";
import { invoke } from "../../support/invoke.ts";
import { imageSpec, someBake } from "../../support/local-state.ts";
import { memoryArtifacts, memoryWorld } from "../../support/memory-ports.ts";

const parent = ImageId.parse("ami-00000001");
const tree = (digit: string) => `sha256:${digit.repeat(64)}`;
const signed = {
  ...{ statement: tree("1"), keyId: "sha256:key", snapshotId: "snap-00000001" as never },
  subject: [{ name: `${parent}/tree`, digest: { sha256: "a".repeat(64) } }],
};
const lineage = [stock()];
const proof: OriginProof = { imageId: parent, signed: { ...signed, lineage } };
const own = { kind: "image" as const, imageId: parent, name: "base" };
/** What a bake would start from. */
const from = (snapshotId: string | null, ancestors: Image["lineage"] = lineage) => ({
  ...{ snapshotId: snapshotId as never, lineage: [own, ...ancestors] },
});

const toldBy = async (noted: OriginProof | undefined, digest?: string) => {
  const artifacts = memoryArtifacts();
  const bake = someBake();
  if (noted !== undefined) await writeOriginProof(artifacts, bake, noted);
  const kept = digest && { inventory: cleanInventory({ digest }), digest: tree("c") };
  return parentStatement(artifacts, bake)(parent, kept || undefined);
};

describe("the statement of a parent", () => {
  test("is verified when it was, and speaks of the tree that the parent's inventory has", async () => {
    const says = `${parent} has a statement signed by the key sha256:key`;
    expect(await toldBy(proof, tree("a"))).toEqual({ verified: true, says });
  });

  test.each<[string, OriginProof | undefined, string, RegExp]>([
    ["nothing was noted of it", undefined, tree("a"), /nothing was noted/],
    ["nobody signed anything", { imageId: parent }, tree("a"), /nobody signed anything of ami-/],
    [
      "it is of another image",
      { ...proof, imageId: ImageId.parse("ami-00000002") },
      tree("a"),
      /of ami-00000002 was verified, and it starts from ami-00000001/,
    ],
    [
      "it speaks of another tree",
      proof,
      tree("b"),
      /speaks of the tree sha256:aaa.*inventory of sha256:bbb/,
    ],
    [
      "it is of a time when only the first ancestor was signed",
      { imageId: parent, signed },
      tree("a"),
      /of ami-00000001 is of a time when .* is not proven; bake it again/,
    ],
  ])("is not when %s", async (_, noted, digest, says) => {
    expect(await toldBy(noted, digest)).toEqual({
      verified: false,
      says: expect.stringMatching(says),
    });
  });

  test.each<[string, string | undefined, RegExp]>([
    ["was replaced since the bake began", tree("a"), /is another than the one that was signed/],
    ["is gone by then", undefined, /the inventory of ami-00000001 is gone/],
  ])("holds no more when the parent's inventory %s", async (_, digest, says) => {
    const inventory = { name: `${parent}/inventory.json.gz`, digest: { sha256: "d".repeat(64) } };
    const { signed } = proof;
    const noted = { ...proof, signed: signed && { ...signed, subject: [inventory] } };
    await expect(toldBy(noted, digest)).rejects.toMatchObject({
      ...{ name: "StatementBroken", message: expect.stringMatching(says) },
    });
  });

  test("of another disk than the one that is copied is refused, whatever policy says", async () => {
    expect(() => assertCopied(proof, from("snap-00000001"))).not.toThrow();
    expect(() => assertCopied({ imageId: parent }, from("snap-00000002"))).not.toThrow();
    for (const other of ["snap-00000002", null]) {
      const copying = () => assertCopied(proof, from(other));
      expect(copying).toThrow(/speaks of snap-00000001, and what a bake/);
    }
    const { artifacts } = memoryWorld();
    const bake = someBake();
    await invoke(readRecipe(artifacts), { bake, recipe: "web.yaml", parameters: {} });
    const origins = {
      resolve: async () => ({ ...from("snap-00000002"), rootVolumeSize: 1 }),
    };
    const resolving = invoke(
      resolveOrigin(origins, artifacts, { prove: async () => proof, hold: async () => {} }),
      { bake },
    );
    await expect(resolving).rejects.toMatchObject({ name: "StatementBroken" });
  });

  test("of other ancestors than the record by which the parent was found is refused", () => {
    expect(() => assertCopied(proof, from("snap-00000001"))).not.toThrow();
    const another = stock({ owner: "666666666666" });
    for (const ancestors of [[another], [], [...lineage, another]]) {
      expect(() => assertCopied(proof, from("snap-00000001", ancestors))).toThrow(
        /names other ancestors than/,
      );
    }
  });
});

test("a published image's own statement says of its parent what was proven then", async () => {
  const world = memoryWorld();
  const bake = someBake();
  const { artifacts, images, signer } = world;
  await invoke(readRecipe(artifacts), { bake, recipe: "web.yaml", parameters: {} });
  await writeOriginProof(artifacts, bake, proof);
  const descent: Image["lineage"] = [own, ...lineage];
  const spec = { ...imageSpec(bake, "snap-00000003" as never), lineage: descent };
  const { imageId } = (await invoke(registerImage(images, artifacts), spec)) as {
    imageId: ImageId;
  };
  const text = await world.attest(bake, imageId);
  const proven = proveBundle(text, await signer.trusted(), imageId);
  expect(parentAsSigned(proven, parent, undefined)).toEqual({
    ...{ verified: true, says: expect.stringContaining("signed by the key sha256:key when") },
    tree: tree("a"),
  });
  expect(parentAsSigned(proven, imageId, undefined).verified).toBe(false);
  expect(parentAsSigned(undefined, parent, undefined).says).toContain("nothing was signed");
  const { internalParameters } = proven.provenance.buildDefinition;
  expect(internalParameters.lineage).toEqual(descent);
  delete internalParameters.lineage;
  expect(parentAsSigned(proven, parent, undefined).says).toContain(
    "only the first ancestor was signed",
  );
});
