import { findSource } from "../bake-source.ts";
import type { BakeId } from "../ids.ts";
import type { Policies } from "../operator-policy/find.ts";
import type { OperatorPolicy } from "../operator-policy/schema.ts";
import type { Artifacts } from "../ports.ts";
import type { ProvenancePolicy } from "./schema.ts";

/** A provenance policy, and where it is written. */
export interface ProvenanceInForce {
  policy: ProvenancePolicy;
  /** The operator's file; absent when nobody wrote one. */
  file?: string;
}

/** The policy that holds for a bake. Throws InvalidRecipe when its file is wrong. */
export type PolicyOf = (bake: BakeId) => Promise<ProvenanceInForce>;

/** An operator's provenance policy: of owners that it does not name, those of its origins. */
export const provenanceOf = ({ provenance, origins }: OperatorPolicy): ProvenancePolicy => {
  const { allowed, images } = provenance.owners;
  return {
    ...provenance,
    owners: {
      ...provenance.owners,
      allowed: allowed.length === 0 ? origins.owners : allowed,
      images: images.length === 0 ? origins.images : images,
    },
  };
};

/** The policies of a stage's bakes: by the prefix of the drop that began one, if any did. */
export const policyOfBake =
  (artifacts: Pick<Artifacts, "read">, policies: Policies): PolicyOf =>
  async (bake) => {
    const source = await findSource(artifacts, bake);
    const { policy, file } = await policies.of(source?.prefix ?? "");
    return { policy: provenanceOf(policy), ...(file !== undefined && { file }) };
  };
