import * as z from "zod";
import { BakeId, BuilderId, ImageId, SnapshotId, VolumeId } from "./ids.ts";
import { Architecture, DiskFacts } from "./job.ts";
import { Ancestor, Lineage } from "./origin.ts";

/*
 * One contract per task: what the state machine sends it and what it answers. Each field is a
 * path in statemachines/bake.asl.json.
 */

const rootVolumeSize = z.int().positive();

export const ReadRecipe = {
  input: z.strictObject({
    bake: BakeId,
    /** The recipe's file name in the bundle. */
    recipe: z.string(),
    /** Given parameters by name, as text; never a secret. */
    parameters: z.record(z.string(), z.string()),
  }),
  output: z.strictObject({
    name: z.string(),
    description: z.string(),
    tags: z.record(z.string(), z.string()),
  }),
};

export const ResolveOrigin = {
  input: z.strictObject({ bake: BakeId }),
  output: z.strictObject({
    lineage: Lineage,
    /** What the working disk is made from; null for an empty one. */
    snapshotId: SnapshotId.nullable(),
    architecture: Architecture,
    rootVolumeSize,
  }),
};

export const ProvisionBuilder = {
  input: z.strictObject({
    bake: BakeId,
    architecture: Architecture,
    rootVolumeSize,
    snapshotId: SnapshotId.nullable(),
  }),
  output: z.strictObject({ builderId: BuilderId, volumeId: VolumeId }),
};

export const RunAgent = {
  input: z.strictObject({
    bake: BakeId,
    builderId: BuilderId,
    volumeId: VolumeId,
    origin: Ancestor,
    architecture: Architecture,
    rootVolumeSize,
  }),
  output: z.strictObject({ disk: DiskFacts }),
};

export const CreateSnapshot = {
  input: z.strictObject({ bake: BakeId, volumeId: VolumeId }),
  output: z.strictObject({ snapshotId: SnapshotId }),
};

export const AwaitSnapshot = {
  input: z.strictObject({ snapshotId: SnapshotId }),
  output: z.strictObject({ size: rootVolumeSize }),
};

export const ReleaseBuilder = {
  input: z.strictObject({ bake: BakeId }),
  output: z.strictObject({ builders: z.int() }),
};

export const KeepBuilder = {
  input: z.strictObject({ bake: BakeId }),
  output: z.strictObject({ builders: z.int() }),
};

export const RegisterImage = {
  input: z.strictObject({
    bake: BakeId,
    name: z.string(),
    description: z.string(),
    tags: z.record(z.string(), z.string()),
    disk: DiskFacts,
    lineage: Lineage,
    snapshotId: SnapshotId,
    rootVolumeSize,
  }),
  output: z.strictObject({ imageId: ImageId }),
};

export const CheckProvenance = {
  input: z.strictObject({
    bake: BakeId,
    imageId: ImageId,
    lineage: Lineage,
    /**
     * When the states so far were entered, by their names; an execution that began before its stage
     * was deployed anew does not hand it over.
     */
    entered: z.record(z.string(), z.iso.datetime({ offset: true })).default({}),
  }),
  /** How many rules it fails that are only reported. */
  output: z.strictObject({ failed: z.int() }),
};

export const TestImage = {
  input: z.strictObject({ bake: BakeId, imageId: ImageId }),
  output: z.strictObject({ passed: z.int() }),
};

export const PublishImage = {
  input: z.strictObject({ bake: BakeId, imageId: ImageId, lineage: Lineage, rootVolumeSize }),
  output: z.strictObject({ imageId: ImageId, name: z.string() }),
};

export const ReleaseBake = {
  input: z.strictObject({ bake: BakeId }),
  output: z.strictObject({
    agents: z.int(),
    builders: z.int(),
    testMachines: z.int(),
    snapshots: z.int(),
    images: z.int(),
  }),
};
