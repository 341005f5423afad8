import { NotFound } from "../core/errors.ts";
import type { Image } from "../core/image.ts";
import type { ProvenanceInForce } from "../core/policy/in-force.ts";
import { judgeImage } from "../core/policy/judge-image.ts";
import type { Verdict } from "../core/policy/verdict.ts";
import type { Vulnerabilities } from "../core/vulnerabilities/finding.ts";
import { folderInventories } from "./inventories.ts";
import type { Paths } from "./paths.ts";
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
  const witnesses = { inventories: folderInventories(paths), vulnerabilities };
  const { recipe } = earlier;
  return (await judgeImage(witnesses, inForce, { bake, lineage, recipe })).verdict;
};
