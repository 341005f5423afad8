import { NotFound } from "../errors.ts";
import type { BakeId } from "../ids.ts";
import type { ParentStatement } from "../policy/facts.ts";
import type { Artifacts } from "../ports.ts";
import { readOriginProof } from "./origin-proof.ts";

/** What was proven of a bake's parent when its origin was resolved, for the policy. */
export const parentStatement = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
): Promise<ParentStatement> => {
  try {
    const { imageId, signed } = await readOriginProof(artifacts, bake);
    if (signed === undefined) return unproven(`nobody signed anything of ${imageId}`);
    return { verified: true, says: `${imageId} has a statement signed by the key ${signed.keyId}` };
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    return unproven("nothing was noted of it when the bake began");
  }
};

const unproven = (says: string): ParentStatement => ({ verified: false, says });
