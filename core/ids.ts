import * as z from "zod";

/**
 * The id of a bake: `name-hash16-attempt`, at most 48 characters, so that it fits EC2's client
 * tokens (64) with room for a suffix. It is the name of the state machine's execution.
 */
export const BakeId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*-[0-9a-f]{16}-[0-9]{1,4}$/, "a bake id: name-hash16-attempt")
  .max(48)
  .brand<"BakeId">();
export type BakeId = z.infer<typeof BakeId>;

/** The name of the recipe that a bake bakes. */
export const recipeOfBake = (bake: BakeId): string => bake.replace(/-[0-9a-f]{16}-[0-9]+$/, "");

/** A builder: `i-` as EC2 names instances. */
export const BuilderId = z
  .string()
  .regex(/^i-[0-9a-f]{8,17}$/)
  .brand<"BuilderId">();
export type BuilderId = z.infer<typeof BuilderId>;

/** A working disk: `vol-` as EC2 names volumes. */
export const VolumeId = z
  .string()
  .regex(/^vol-[0-9a-f]{8,17}$/)
  .brand<"VolumeId">();
export type VolumeId = z.infer<typeof VolumeId>;

/** A snapshot: `snap-` as EC2 names them. */
export const SnapshotId = z
  .string()
  .regex(/^snap-[0-9a-f]{8,17}$/)
  .brand<"SnapshotId">();
export type SnapshotId = z.infer<typeof SnapshotId>;

/** An image: `ami-` on AWS, `img-` on one machine, so that nobody launches the one as the other. */
export const ImageId = z
  .string()
  .regex(/^(?:ami|img)-[0-9a-f]{8,17}$/)
  .brand<"ImageId">();
export type ImageId = z.infer<typeof ImageId>;
