import * as z from "zod";
import { BakeId } from "../ids.ts";
import { Resumed } from "../inventory/found/resumed.ts";
import { Lineage, OriginReference } from "../origin.ts";
import { ResourceDescriptor } from "./statement.ts";

/*
 * SLSA's provenance v1, https://slsa.dev/spec/v1.2/build-provenance, as it is for a bake.
 * docs/provenance.md describes every field for those who verify.
 */

export const provenanceType = "https://slsa.dev/provenance/v1";

/** Names the section of the docs that says what the parameters below mean. */
export const buildType = "ovenbird:docs/provenance.md#bake-v1";

const digest = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** What whoever asked for the bake could choose: all of it. */
const ExternalParameters = z.strictObject({
  recipe: z.strictObject({
    name: z.string(),
    /** Its file in the bundle, and that file's digest. */
    file: z.string(),
    digest,
    /** Of the recipe with its parameters filled in, as the bake's artifacts have it. */
    resolved: digest,
  }),
  /** The object that was dropped, in that version; absent where nothing was. */
  drop: z
    .strictObject({
      uri: z.string(),
      versionId: z.string().optional(),
      sequencer: z.string(),
      at: z.iso.datetime(),
    })
    .optional(),
  /** As steps see them. */
  parameters: z.record(z.string(), z.string()),
  /** Names only. */
  secrets: z.array(z.string()),
  origin: OriginReference,
});

/** What the bakery chose. */
const InternalParameters = z.strictObject({
  image: z.strictObject({
    imageId: z.string(),
    name: z.string(),
    snapshotId: z.string(),
    /** GiB. */
    rootVolumeSize: z.int().positive(),
    architecture: z.string(),
  }),
  /** The kept disk that the bake resumed from; absent where it did not. */
  resumed: Resumed.optional(),
  /** Of the image, whole: its children's begin with it. Absent of statements before it was signed. */
  lineage: Lineage.optional(),
  /** Of AWS; absent on one machine. */
  account: z.string().optional(),
  region: z.string().optional(),
  stage: z.string().optional(),
});

export const Provenance = z.strictObject({
  buildDefinition: z.strictObject({
    buildType: z.literal(buildType),
    externalParameters: ExternalParameters,
    internalParameters: InternalParameters,
    resolvedDependencies: z.array(ResourceDescriptor),
  }),
  runDetails: z.strictObject({
    builder: z.strictObject({ id: z.string(), version: z.record(z.string(), z.string()) }),
    metadata: z.strictObject({
      invocationId: BakeId,
      startedOn: z.iso.datetime(),
      finishedOn: z.iso.datetime(),
    }),
    byproducts: z.array(ResourceDescriptor),
  }),
});
export type Provenance = z.infer<typeof Provenance>;
