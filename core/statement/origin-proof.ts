import * as z from "zod";
import { StatementBroken } from "../errors.ts";
import { ImageId, SnapshotId } from "../ids.ts";
import { kept } from "../kept.ts";
import { Digest, Lineage } from "../origin.ts";
import type { Origin, Statements } from "../ports.ts";
import { canonicalJson } from "./canonical.ts";
import { proveImage } from "./prove-image.ts";
import type { PublicKeys } from "./signer.ts";
import { type ResourceDescriptor, Subject } from "./statement.ts";
import { subjectNames } from "./subjects.ts";

/** What was proven of an origin that is an image of ours, when a bake resolved it. */
export const OriginProof = z.strictObject({
  imageId: ImageId,
  /** Absent for an image that was published before there were statements. */
  signed: z
    .strictObject({
      /** Of the file of its statements. */
      statement: Digest,
      keyId: z.string(),
      /** The disk that the statement speaks of. */
      snapshotId: SnapshotId,
      subject: z.array(Subject),
      /** What the image descends from; absent where the statement does not say all of it. */
      lineage: Lineage.optional(),
    })
    .optional(),
});
export type OriginProof = z.infer<typeof OriginProof>;

export interface OriginProofs {
  statements: Statements;
  keys: PublicKeys;
  /** Digest of an image's inventory as it is kept now; undefined when it is gone. */
  inventoryOf: (imageId: ImageId) => Promise<string | undefined>;
}

/**
 * Verifies the statements of an image that another is to start from, and that its inventory is the
 * one that they are about. Throws StatementBroken.
 */
export const proveOrigin =
  ({ statements, keys, inventoryOf }: OriginProofs) =>
  async (imageId: ImageId): Promise<OriginProof> => {
    const kept = await statements.find(imageId);
    // a bakery that has not signed anything yet has no keys to ask for
    const isUnsigned = kept.text === undefined && kept.image.statement === undefined;
    const proof = isUnsigned ? undefined : proveImage(kept, await keys.trusted());
    if (proof === undefined) return { imageId };
    const { digest, keyId, subject } = proof;
    assertInventory(imageId, subject, await inventoryOf(imageId));
    const { snapshotId } = kept.image;
    const { lineage } = proof.provenance.buildDefinition.internalParameters;
    const descent = lineage && { lineage };
    return { imageId, signed: { statement: digest, keyId, snapshotId, subject, ...descent } };
  };
export type ProveOrigin = ReturnType<typeof proveOrigin>;

/** Holds an inventory's digest against the one that was signed. Throws StatementBroken. */
export const assertInventory = (
  imageId: ImageId,
  signedOnes: readonly ResourceDescriptor[],
  found: string | undefined,
): void => {
  const name = `${imageId}/${subjectNames.inventory}`;
  const signed = signedOnes.find((one) => one.name === name)?.digest?.["sha256"];
  if (signed === undefined || found === `sha256:${signed}`) return;
  const what = found === undefined ? "is gone" : "is another than the one that was signed";
  throw new StatementBroken(
    `the inventory of ${imageId} ${what}: nobody knows any more what was baked; bake it again`,
  );
};

/**
 * Holds what a bake would start from against what was proven: the record by which it was found may
 * have been another when it was read. Throws StatementBroken.
 */
export const assertCopied = (
  { imageId, signed }: OriginProof,
  { snapshotId, lineage: [, ...ancestors] }: Pick<Origin, "snapshotId" | "lineage">,
): void => {
  if (signed === undefined) return;
  if (signed.snapshotId !== snapshotId) {
    throw new StatementBroken(
      `the statement of ${imageId} speaks of ${signed.snapshotId}, and what a bake would start from is ${snapshotId ?? "an empty disk"}`,
    );
  }
  const { lineage = ancestors } = signed;
  if (canonicalJson(lineage) === canonicalJson(ancestors)) return;
  throw new StatementBroken(
    `the statement of ${imageId} names other ancestors than the record by which it was found: somebody changed that`,
  );
};

/** Of a bake whose origin is no image of ours, it is NotFound. */
export const { write: writeOriginProof, read: readOriginProof } = kept("origin.json", OriginProof);
