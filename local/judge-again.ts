import { NotFound } from "../core/errors.ts";
import type { ImageId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import type { ProvenanceInForce } from "../core/policy/in-force.ts";
import { judgeImage } from "../core/policy/judge-image.ts";
import type { Verdict } from "../core/policy/verdict.ts";
import { proveOrigin } from "../core/statement/origin-proof.ts";
import { parentStatementNow } from "../core/statement/parent-statement.ts";
import type { Vulnerabilities } from "../core/vulnerabilities/finding.ts";
import { folderInventories } from "./inventories.ts";
import type { Paths } from "./paths.ts";
import { fileSigner } from "./signer.ts";
import { folderStatements, inventoryDigest } from "./statements.ts";
import { verdictOf } from "./verdicts.ts";

interface Court {
  inForce: ProvenanceInForce;
  vulnerabilities: Vulnerabilities | undefined;
}

/** Judges an image by a policy as it is now, and keeps nothing of it. Throws NotFound, CorruptRecord. */
export const judgeAgain = async (
  paths: Paths,
  { imageId, bake, lineage, snapshotId }: Image,
  { inForce, vulnerabilities }: Court,
): Promise<Verdict> => {
  const earlier = await verdictOf(paths, snapshotId);
  if (earlier === undefined) {
    throw new NotFound(`${imageId} was baked before images were judged; bake it again`);
  }
  const prove = proveOrigin({
    ...{ statements: folderStatements(paths), keys: fileSigner(paths) },
    inventoryOf: (parent) => inventoryDigest(paths, parent),
  });
  const witnesses = {
    ...{ inventories: folderInventories(paths), vulnerabilities },
    statementOf: (parent: ImageId) => parentStatementNow(prove, parent),
  };
  return judgeImage(witnesses, inForce, { bake, lineage, recipe: earlier.recipe });
};
