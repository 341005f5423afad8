import type { BakeSource } from "../bake-source.ts";
import type { Facts } from "./facts.ts";
import { materialsOf } from "./materials.ts";
import { buildType, type Provenance, provenanceType } from "./provenance.ts";
import { sha256Of, type Statement, statementType } from "./statement.ts";
import { subjectsOf } from "./subjects.ts";

/** How an image was made: the same facts are the same statement. */
export const makeProvenance = (facts: Facts): Statement => {
  const predicate: Provenance = {
    buildDefinition: {
      buildType,
      externalParameters: externalParameters(facts),
      internalParameters: internalParameters(facts),
      resolvedDependencies: materialsOf(facts),
    },
    runDetails: {
      builder: facts.builder,
      metadata: {
        invocationId: facts.image.bake,
        startedOn: facts.beginning.at,
        finishedOn: facts.finished,
      },
      byproducts: byproducts(facts),
    },
  };
  const subject = subjectsOf(facts.image.imageId, facts.digests);
  return { _type: statementType, subject, predicateType: provenanceType, predicate };
};

type Definition = Provenance["buildDefinition"];

/** A secret is named, and no more: where its value lies is nobody's business either. */
const externalParameters = (facts: Facts): Definition["externalParameters"] => {
  const { recipe, beginning, source, resolved } = facts;
  return {
    recipe: {
      ...{ name: recipe.name, file: beginning.file },
      digest: exact(beginning.digest),
      resolved: exact(resolved),
    },
    ...(source && { drop: dropOf(source) }),
    parameters: recipe.parameters,
    secrets: recipe.secrets.map(({ name }) => name),
    origin: recipe.origin,
  };
};

const exact = (digest: string) => ({ sha256: sha256Of(digest)["sha256"] ?? "" });

const dropOf = ({ drop }: BakeSource): Definition["externalParameters"]["drop"] => {
  const { bucket, key, versionId, sequencer, at } = drop;
  return { uri: `s3://${bucket}/${key}`, ...(versionId && { versionId }), sequencer, at };
};

const internalParameters = ({
  image,
  place,
  inventory,
}: Facts): Definition["internalParameters"] => {
  const { imageId, name, snapshotId, rootVolumeSize, disk, lineage } = image;
  const { architecture } = disk;
  const { resumed } = inventory;
  return {
    image: { imageId, name, snapshotId, rootVolumeSize, architecture },
    lineage,
    ...(resumed && { resumed }),
    ...place,
  };
};

const byproducts = ({ digests, reports }: Facts): Provenance["runDetails"]["byproducts"] => [
  {
    ...{ name: "inventory.json.gz", mediaType: "application/gzip" },
    digest: sha256Of(digests.inventory),
  },
  {
    ...{ name: "sbom.cdx.json", mediaType: "application/vnd.cyclonedx+json" },
    digest: sha256Of(digests.sbom),
  },
  ...reports,
];
