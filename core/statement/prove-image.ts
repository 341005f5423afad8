import { StatementBroken } from "../errors.ts";
import type { KeptStatements } from "../ports.ts";
import { bundleDigest, provenIn } from "./bundle.ts";
import { canonicalJson } from "./canonical.ts";
import { Provenance, provenanceType } from "./provenance.ts";
import type { PublicKey } from "./signer.ts";
import type { Proven } from "./unseal.ts";

/** What is proven of an image by its statements. */
export interface ImageProof {
  /** Of the file of statements. */
  digest: string;
  /** Of all statements. */
  subject: Proven["statement"]["subject"];
  provenance: Provenance;
  keyId: string;
  statements: Proven[];
}

/**
 * Holds an image's statements against its record: signatures, that they are of this image and of
 * nothing else, that none was put in another's place. Undefined for an image that was published
 * without any, and whose record says so. Throws StatementBroken.
 */
export const proveImage = (
  { image, text }: KeptStatements,
  trusted: readonly PublicKey[],
): ImageProof | undefined => {
  const broken = breaking(image.imageId);
  if (text === undefined && image.statement === undefined) return undefined;
  if (text === undefined) throw broken("is gone, and its record says that there was one");
  if (image.statement === undefined) throw broken("is there, and its record knows of none");
  if (bundleDigest(text) !== image.statement) throw broken("is not the one that its record names");
  const proof = proveBundle(text, trusted, image.imageId);
  const { invocationId } = proof.provenance.runDetails.metadata;
  const { imageId, snapshotId } = proof.provenance.buildDefinition.internalParameters.image;
  const isOfIt = imageId === image.imageId && snapshotId === image.snapshotId;
  if (!isOfIt || invocationId !== image.bake) throw broken(`is of another image, ${imageId}`);
  assertDescent(proof, image, broken);
  return proof;
};

/** Who may write the record, and sign nothing, has no say in what the image descends from. */
const assertDescent = (
  { provenance }: ImageProof,
  recorded: KeptStatements["image"],
  broken: (why: string) => Error,
): void => {
  const { image, lineage } = provenance.buildDefinition.internalParameters;
  if (image.name !== recorded.name) {
    throw broken(`calls it ${image.name}, and its record ${recorded.name}`);
  }
  if (lineage !== undefined && canonicalJson(lineage) !== canonicalJson(recorded.lineage)) {
    throw broken("names other ancestors than its record does: somebody changed that");
  }
};

/** What a file of statements proves of the image that it names. Throws StatementBroken. */
export const proveBundle = (
  text: string,
  trusted: readonly PublicKey[],
  of: string,
): ImageProof => {
  const statements = provenIn(text, trusted);
  return { digest: bundleDigest(text), statements, ...provenanceOf(statements, breaking(of)) };
};

const breaking = (of: string) => (why: string) =>
  new StatementBroken(`the statement of ${of} ${why}`);

const provenanceOf = (statements: readonly Proven[], broken: (why: string) => Error) => {
  const found = statements.filter(({ statement }) => statement.predicateType === provenanceType);
  const [one] = found;
  if (one === undefined || found.length > 1) throw broken("says not once how it was made");
  const { subject, predicate } = one.statement;
  const others = statements.filter(
    ({ statement }) => canonicalJson(statement.subject) !== canonicalJson(subject),
  );
  if (others.length > 0) throw broken("lies beside one that is about something else");
  const parsed = Provenance.safeParse(predicate);
  if (!parsed.success) throw broken("is of a version that this one cannot read");
  return { subject, keyId: one.keyId, provenance: parsed.data };
};
