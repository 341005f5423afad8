import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { NotFound, StatementBroken } from "../core/errors.ts";
import type { Image } from "../core/image.ts";
import { inventoryFile, unpackInventory } from "../core/inventory/document.ts";
import type { KeptStatements } from "../core/ports.ts";
import { type ImageProof, proveImage } from "../core/statement/prove-image.ts";
import type { PublicKey } from "../core/statement/signer.ts";
import type { subjectNames } from "../core/statement/subjects.ts";
import { isMissing } from "../local/missing.ts";
import { pathsIn, snapshotDisk } from "../local/paths.ts";
import { fileSigner } from "../local/signer.ts";
import { statementsOf } from "../local/statements.ts";
import { type Sentence, sentencesOf } from "./proof-sentences.ts";

/** What is proven of an image by what was signed of it. */
export interface Proofs {
  outcome: "proven" | "unsigned" | "broken";
  /** Absent unless it is proven. */
  keyId?: string | undefined;
  statements: { predicateType: string; keyId: string }[];
  sentences: Sentence[];
}

/** What was read of an image just now, by whoever verifies it: `sha256:` and 64 digits each. */
export interface ReadAgain {
  /** Of the file tree on the disk. */
  tree?: string;
  /** Of the raw disk's file. */
  disk?: string;
}

/** The public half of this machine's key. Throws NotReady. */
export const openKey = async (stateDir: string): Promise<PublicKey> => {
  const [key] = await fileSigner(pathsIn(resolve(stateDir))).trusted();
  if (key === undefined) throw new Error("a state directory has a key");
  return key;
};

/** Throws CorruptRecord. */
export const keptStatements = (stateDir: string, image: Image): Promise<KeptStatements> =>
  statementsOf(pathsIn(resolve(stateDir)), image);

/**
 * Holds an image's statements against its record, its inventory, and what was read of it just now.
 * Nothing is thrown for what is broken: the sentences say it.
 */
export const proofsOf = async (
  stateDir: string,
  image: Image,
  readAgain: ReadAgain = {},
): Promise<Proofs> => {
  const kept = await keptStatements(stateDir, image);
  const isUnsigned = kept.text === undefined && image.statement === undefined;
  try {
    const proof = isUnsigned ? undefined : proveImage(kept, [await openKey(stateDir)]);
    if (proof === undefined) return { outcome: "unsigned", statements: [], sentences: unsigned };
    return proofsFrom(proof, { ...(await inventoryDigests(stateDir, image)), ...readAgain });
  } catch (error) {
    if (!(error instanceof StatementBroken)) throw error;
    const sentence = { proven: false, isBroken: true, text: error.message };
    return { outcome: "broken", statements: [], sentences: [sentence] };
  }
};

const unsigned: Sentence[] = [
  {
    proven: false,
    isBroken: false,
    text: "nothing was signed of this image: nobody vouches for it",
  },
];

/** What is known of a subject beside its statement, by the end of its name. */
export type Seen = Partial<Record<keyof typeof subjectNames | "recorded", string>>;

const proofsFrom = (proof: ImageProof, seen: Seen): Proofs => {
  const sentences = sentencesOf(proof, seen);
  return {
    outcome: sentences.some(({ isBroken }) => isBroken) ? "broken" : "proven",
    keyId: proof.keyId,
    statements: proof.statements.map(({ statement, keyId }) => {
      const { predicateType } = statement;
      return { predicateType, keyId };
    }),
    sentences,
  };
};

/** Of the inventory as it is kept, and the tree's as it has it. */
const inventoryDigests = async (stateDir: string, { snapshotId }: Image): Promise<Seen> => {
  const folder = dirname(snapshotDisk(pathsIn(resolve(stateDir)), snapshotId));
  try {
    const packed = await readFile(join(folder, inventoryFile));
    const inventory = `sha256:${createHash("sha256").update(packed).digest("hex")}`;
    const { digest: recorded } = unpackInventory(packed);
    return { inventory, ...(recorded !== undefined && { recorded }) };
  } catch (error) {
    if (isMissing(error)) throw new NotFound(`the inventory of ${snapshotId} is gone`);
    throw new StatementBroken(`the inventory of ${snapshotId} cannot be read: it was changed`, {
      cause: error,
    });
  }
};
