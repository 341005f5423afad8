import { NotFound, StatementBroken } from "../core/errors.ts";
import type { ImageId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import type { ProvenanceInForce } from "../core/policy/in-force.ts";
import type { ParentStatement } from "../core/policy/facts.ts";
import { judgeImage } from "../core/policy/judge-image.ts";
import type { Verdict } from "../core/policy/verdict.ts";
import type { KeptInventory } from "../core/ports.ts";
import { parentAsSigned } from "../core/statement/parent-statement.ts";
import { proveImage } from "../core/statement/prove-image.ts";
import type { Vulnerabilities } from "../core/vulnerabilities/finding.ts";
import { folderInventories } from "./inventories.ts";
import type { Paths } from "./paths.ts";
import { fileSigner } from "./signer.ts";
import { statementsOf } from "./statements.ts";
import { verdictOf } from "./verdicts.ts";

interface Court {
  inForce: ProvenanceInForce;
  vulnerabilities: Vulnerabilities | undefined;
}

/** Judges an image by a policy as it is now, and keeps nothing of it. Throws NotFound, CorruptRecord. */
export const judgeAgain = async (
  paths: Paths,
  image: Image,
  { inForce, vulnerabilities }: Court,
): Promise<Verdict> => {
  const { imageId, bake, lineage, snapshotId } = image;
  const earlier = await verdictOf(paths, snapshotId);
  if (earlier === undefined) {
    throw new NotFound(`${imageId} was baked before images were judged; bake it again`);
  }
  const statementOf = (parent: ImageId, found: KeptInventory | undefined) =>
    parentOf(paths, image, { parent, found });
  const witnesses = { inventories: folderInventories(paths), vulnerabilities, statementOf };
  const judged = { bake, lineage, recipe: earlier.recipe };
  return (await judgeImage(witnesses, inForce, judged)).verdict;
};

/** What the image's own statement says of its parent's. */
const parentOf = async (
  paths: Paths,
  image: Image,
  { parent, found }: { parent: ImageId; found: KeptInventory | undefined },
): Promise<ParentStatement> => {
  const kept = await statementsOf(paths, image);
  const isUnsigned = kept.text === undefined && image.statement === undefined;
  try {
    const trusted = isUnsigned ? [] : await fileSigner(paths).trusted();
    return parentAsSigned(proveImage(kept, trusted), parent, found);
  } catch (error) {
    if (!(error instanceof StatementBroken)) throw error;
    return { verified: false, says: error.message };
  }
};
