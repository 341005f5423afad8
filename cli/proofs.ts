import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { NotFound, StatementBroken } from "../core/errors.ts";
import type { Image } from "../core/image.ts";
import { inventoryFile, unpackInventory } from "../core/inventory/document.ts";
import { verdictFile } from "../core/policy/verdict.ts";
import type { KeptStatements } from "../core/ports.ts";
import { judgedInventory } from "../core/statement/judged-inventory.ts";
import { proveImage } from "../core/statement/prove-image.ts";
import type { PublicKey } from "../core/statement/signer.ts";
import { scanFile } from "../core/vulnerabilities/kept-scan.ts";
import { isMissing } from "../local/missing.ts";
import { pathsIn, snapshotDisk } from "../local/paths.ts";
import { fileSigner } from "../local/signer.ts";
import { statementsOf } from "../local/statements.ts";
import { holdProofs, type Proofs, type Seen } from "./hold-proofs.ts";

export type { Proofs } from "./hold-proofs.ts";

/** What was read of an image just now, by whoever verifies it: `sha256:` and 64 digits each. */
export interface ReadAgain {
  /** Of the file tree on the disk. */
  tree?: string;
  /** Of the raw disk's file. */
  disk?: string;
}

/** The public halves of this machine's keys, first of the one that signs. Throws NotReady. */
export const machineKeys = (stateDir: string): Promise<PublicKey[]> =>
  fileSigner(pathsIn(resolve(stateDir))).trusted();

/** Throws CorruptRecord. */
export const keptStatements = (stateDir: string, image: Image): Promise<KeptStatements> =>
  statementsOf(pathsIn(resolve(stateDir)), image);

/**
 * Holds an image's statements against its record, its inventory and reports, and what was read of
 * it just now; by those keys, or else by the machine's. Nothing is thrown for what is broken: the
 * sentences say it.
 */
export const proofsOf = async (
  stateDir: string,
  image: Image,
  readAgain: ReadAgain = {},
  keys?: readonly PublicKey[],
): Promise<Proofs> => {
  const kept = await keptStatements(stateDir, image);
  const isUnsigned = kept.text === undefined && image.statement === undefined;
  return holdProofs(async () => {
    const proof = isUnsigned ? undefined : proveImage(kept, keys ?? (await machineKeys(stateDir)));
    if (proof === undefined) return { proof, seen: {} };
    return { proof, seen: { ...(await besideDisk(stateDir, image)), ...readAgain } };
  });
};

/** What is kept beside the disk: the inventory and its tree's digest, and the reports. */
const besideDisk = async (stateDir: string, { snapshotId }: Image): Promise<Seen> => {
  const folder = dirname(snapshotDisk(pathsIn(resolve(stateDir)), snapshotId));
  const packed = await readIfThere(join(folder, inventoryFile));
  if (packed === undefined) throw new NotFound(`the inventory of ${snapshotId} is gone`);
  const found = await reportsSeen((name) => readIfThere(join(folder, name)));
  return { inventory: sha256(packed), recorded: treeOf(packed, snapshotId), ...found };
};

/** The reports that are kept, and which inventory the verdict is of. */
export const reportsSeen = async (
  find: (name: string) => Promise<Uint8Array | undefined>,
): Promise<Pick<Seen, "reports" | "judged">> => {
  const [verdict, scan] = [await find(verdictFile), await find(scanFile)];
  return {
    reports: {
      ...(verdict !== undefined && { [verdictFile]: sha256(verdict) }),
      ...(scan !== undefined && { [scanFile]: sha256(scan) }),
    },
    judged: verdict && judgedInventory(verdict),
  };
};

/** Throws StatementBroken. */
export const treeOf = (packed: Uint8Array, of: string): string | undefined => {
  try {
    return unpackInventory(packed).digest;
  } catch (cause) {
    throw new StatementBroken(`the inventory of ${of} cannot be read: it was changed`, { cause });
  }
};

const readIfThere = (path: string): Promise<Buffer | undefined> =>
  readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

/** `sha256:` and 64 digits. */
export const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
