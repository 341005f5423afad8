import { NotFound, StatementBroken } from "../errors.ts";
import type { ImageId } from "../ids.ts";
import type { BakeId } from "../ids.ts";
import type { ParentStatement } from "../policy/facts.ts";
import type { Artifacts } from "../ports.ts";
import { type OriginProof, type ProveOrigin, readOriginProof } from "./origin-proof.ts";

/** What was proven of a bake's parent when its origin was resolved, for the policy. */
export const parentStatement = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
): Promise<ParentStatement> => {
  try {
    return toldBy(await readOriginProof(artifacts, bake));
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    return unproven("nothing was noted of it when the bake began");
  }
};

/** What is proven of a parent now, for the policy. */
export const parentStatementNow = async (
  prove: ProveOrigin,
  parent: ImageId,
): Promise<ParentStatement> => {
  try {
    return toldBy(await prove(parent));
  } catch (error) {
    if (error instanceof NotFound) return unproven(`${parent} is gone, and its statement with it`);
    if (error instanceof StatementBroken) return unproven(error.message);
    throw error;
  }
};

const toldBy = ({ imageId, signed }: OriginProof): ParentStatement => {
  if (signed === undefined) return unproven(`nobody signed anything of ${imageId}`);
  return { verified: true, says: `${imageId} has a statement signed by the key ${signed.keyId}` };
};

const unproven = (says: string): ParentStatement => ({ verified: false, says });
