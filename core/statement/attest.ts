import { findSource } from "../bake-source.ts";
import { readBeginning } from "../beginning.ts";
import { digestOf } from "../digest-of.ts";
import { NotFound, StatementBroken } from "../errors.ts";
import type { BakeId, ImageId } from "../ids.ts";
import { unpackInventory } from "../inventory/document.ts";
import type { Architecture, ResolvedRecipe } from "../job.ts";
import { verdictFile } from "../policy/verdict.ts";
import type { Artifacts } from "../ports.ts";
import { readRegistered, type Registered } from "../registered.ts";
import { storedRecipe, storedRecipeDigest } from "../stored-recipe.ts";
import { KeptScan, scanFile } from "../vulnerabilities/kept-scan.ts";
import { bundleDigest, bundleText } from "./bundle.ts";
import type { Builder, Facts, Place } from "./facts.ts";
import { assertJudged } from "./judged-inventory.ts";
import { makeProvenance } from "./make-provenance.ts";
import { makeScanStatement } from "./make-scan.ts";
import { readOriginProof } from "./origin-proof.ts";
import { proveImage } from "./prove-image.ts";
import { findReport, reportsOf } from "./reports.ts";
import { seal } from "./seal.ts";
import type { Signer } from "./signer.ts";
import type { ResourceDescriptor, Statement } from "./statement.ts";

/** What a bake ran on and with; each place that bakes has its own. */
export interface Platform {
  place: Place;
  builder(): Promise<Builder>;
  /** The files that the recipe uses. */
  bundle(bake: BakeId, recipe: ResolvedRecipe): Promise<ResourceDescriptor[]>;
  /** The programs that carried it out on a builder of that architecture. */
  tools(architecture: Architecture): Promise<ResourceDescriptor[]>;
  /** The bake's inventory, packed, as it is kept. Throws NotFound. */
  inventory(bake: BakeId): Promise<Uint8Array>;
}

export interface Attesting {
  artifacts: Artifacts;
  signer: Signer;
  platform: Platform;
}

/** Where a bake keeps them: they are signed once. */
export const statementsKey = "statements/image.intoto.jsonl";

export type Attest = (bake: BakeId, imageId: ImageId) => Promise<string>;

/**
 * Signs what is known of a bake's image: the text of its statements. Called again, also at the same
 * time, it answers the same text. Throws NotFound, StatementBroken for what it finds and did not
 * write.
 */
export const attest =
  ({ artifacts, signer, platform }: Attesting): Attest =>
  async (bake, imageId) => {
    const image = await readRegistered(artifacts, bake);
    if (image.imageId !== imageId) {
      throw new StatementBroken(`${imageId} is not the image that ${bake} registered`);
    }
    const kept = await keptStatements(artifacts, bake);
    if (kept !== undefined) return proven(kept, image, signer);
    const facts = await factsOf({ artifacts, platform }, image);
    const statements = await statementsOf(artifacts, facts);
    const envelopes = [];
    for (const statement of statements) envelopes.push(await seal(signer, statement));
    return artifacts.keep(bake, statementsKey, bundleText(envelopes));
  };

const keptStatements = async (artifacts: Artifacts, bake: BakeId): Promise<string | undefined> => {
  try {
    return await artifacts.read(bake, statementsKey);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};

const proven = async (text: string, image: Registered, signer: Signer): Promise<string> => {
  proveImage({ image: { ...image, statement: bundleDigest(text) }, text }, await signer.trusted());
  return text;
};

const statementsOf = async (artifacts: Artifacts, facts: Facts): Promise<Statement[]> => {
  const provenance = makeProvenance(facts);
  const scan = await findReport(artifacts, facts.image.bake, scanFile);
  if (scan === undefined) return [provenance];
  const kept = KeptScan.parse(JSON.parse(scan.toString("utf8")));
  return [provenance, makeScanStatement(provenance.subject, kept)];
};

const factsOf = async (
  { artifacts, platform }: Omit<Attesting, "signer">,
  image: Registered,
): Promise<Facts> => {
  const { bake } = image;
  const recipe = await storedRecipe(artifacts, bake);
  const packed = await platform.inventory(bake);
  assertJudged(image.imageId, await findReport(artifacts, bake, verdictFile), digestOf(packed));
  const inventory = unpackInventory(packed);
  const [origin] = image.lineage;
  return {
    ...{ image, recipe, inventory },
    resolved: await storedRecipeDigest(artifacts, bake),
    beginning: await readBeginning(artifacts, bake),
    source: await findSource(artifacts, bake),
    origin: origin?.kind === "image" ? await readOriginProof(artifacts, bake) : undefined,
    digests: {
      tree: inventory.digest,
      inventory: digestOf(packed),
      sbom: digestOf(await sbomOf(inventory, image.name)),
    },
    bundle: await platform.bundle(bake, recipe),
    tools: await platform.tools(image.disk.architecture),
    reports: await reportsOf(artifacts, bake),
    builder: await platform.builder(),
    place: platform.place,
    finished: new Date().toISOString(),
  };
};

/** Its library takes long to load, and is asked for only by the call that signs. */
const sbomOf = async (inventory: Facts["inventory"], name: string): Promise<string> => {
  const { sbomText } = await import("../sbom/formats.ts");
  return sbomText(inventory, name, "cyclonedx");
};
