import { NotFound } from "../errors.ts";
import type { BakeId, ImageId } from "../ids.ts";
import type { ParentStatement } from "../policy/facts.ts";
import type { Artifacts, KeptInventory } from "../ports.ts";
import { imageUri } from "./materials.ts";
import { assertInventory, type OriginProof, readOriginProof } from "./origin-proof.ts";
import type { ImageProof } from "./prove-image.ts";
import type { ResourceDescriptor } from "./statement.ts";
import { digestOfSubject, subjectNames } from "./subjects.ts";

/**
 * What was proven of a bake's parent when its origin was resolved, for the policy; and that the
 * inventory by which the parent is known is the one of which that statement speaks: it may have been
 * replaced since. Throws StatementBroken.
 */
export const parentStatement =
  (artifacts: Pick<Artifacts, "read">, bake: BakeId) =>
  async (parent: ImageId, kept: KeptInventory | undefined): Promise<ParentStatement> => {
    try {
      return told(await readOriginProof(artifacts, bake), parent, kept);
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      return unproven("nothing was noted of it when the bake began");
    }
  };

const told = (
  { imageId, signed }: OriginProof,
  parent: ImageId,
  kept: KeptInventory | undefined,
): ParentStatement => {
  if (imageId !== parent) {
    return unproven(`the statement of ${imageId} was verified, and it starts from ${parent}`);
  }
  if (signed === undefined) return unproven(`nobody signed anything of ${imageId}`);
  assertInventory(imageId, signed.subject, kept?.digest);
  const stated = digestOfSubject(signed.subject, "tree");
  const tree = kept?.inventory.digest;
  if (stated !== undefined && tree !== undefined && stated !== tree) {
    return unproven(
      `the statement of ${imageId} speaks of the tree ${stated}, and its inventory of ${tree}`,
    );
  }
  if (signed.lineage === undefined) return unproven(onlyTheFirst(imageId));
  return { verified: true, says: `${imageId} has a statement signed by the key ${signed.keyId}` };
};

/**
 * The same of an image that was published, by what its own statement says of its parent: that may be
 * gone by now, and if it is not, its inventory must be the one that was signed. `undefined` for an
 * image of which nothing was signed.
 */
export const parentAsSigned = (
  proof: ImageProof | undefined,
  parent: ImageId,
  kept: KeptInventory | undefined,
): ParentStatement => {
  if (proof === undefined) return unproven(`nothing was signed of what was proven of ${parent}`);
  const { resolvedDependencies, internalParameters } = proof.provenance.buildDefinition;
  const named = resolvedDependencies.filter(({ uri }) => uri === imageUri(parent));
  const [found] = named;
  const { signed, keyId } = found?.annotations ?? {};
  if (signed !== true || typeof keyId !== "string")
    return unproven(`nobody signed anything of ${parent}`);
  if (kept !== undefined) assertInventory(parent, named, kept.digest);
  if (internalParameters.lineage === undefined) {
    return unproven(onlyTheFirst(internalParameters.image.imageId));
  }
  return {
    verified: true,
    says: `${parent} had a statement signed by the key ${keyId} when the image was baked`,
    ...treeOf(parent, resolvedDependencies),
  };
};

const treeOf = (parent: ImageId, resolved: readonly ResourceDescriptor[]): { tree?: string } => {
  const name = `${parent}/${subjectNames.tree}`;
  const found = resolved.find((one) => one.uri === imageUri(parent) && one.name === name);
  const sha256 = found?.digest?.["sha256"];
  return sha256 === undefined ? {} : { tree: `sha256:${sha256}` };
};

/** Of an image that was baked when a statement named no more of its ancestors than the first. */
const onlyTheFirst = (imageId: string): string =>
  `the statement of ${imageId} is of a time when only the first ancestor was signed: what it descends from is not proven; bake it again`;

const unproven = (says: string): ParentStatement => ({ verified: false, says });
