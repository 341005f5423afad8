import * as z from "zod";

/** A disk that instances of an image get beside its root. */
export const BlockDevice = z.strictObject({
  deviceName: z.string(),
  /** GiB; absent for an instance store and for a device that is left out. */
  size: z.int().positive().optional(),
  type: z.string().optional(),
  iops: z.int().positive().optional(),
  throughput: z.int().positive().optional(),
  deleteOnTermination: z.boolean().optional(),
  /** `snap-…`: what the disk begins as. */
  snapshotId: z.string().optional(),
  /** `ephemeral0` and so on: an instance store. */
  virtualName: z.string().optional(),
  /** Leaves out a device that the origin has. */
  noDevice: z.boolean().optional(),
});
export type BlockDevice = z.infer<typeof BlockDevice>;

/**
 * What a recipe asks of its image in an AWS account beyond what its disk says, by the names of
 * EC2's RegisterImage and its neighbours. What is absent is the origin's, or EC2's own default
 * where that is safe.
 */
export const ImageAttributes = z.strictObject({
  rootDeviceName: z.string().optional(),
  blockDevices: z.array(BlockDevice),
  imdsSupport: z.enum(["v2.0"]).optional(),
  tpmSupport: z.enum(["v2.0"]).optional(),
  enaSupport: z.boolean().optional(),
  sriovNetSupport: z.enum(["simple"]).optional(),
  /** Base64, at most 64,000 characters; empty for none, not the origin's either. */
  uefiData: z.string().max(64_000).optional(),
  /** Seconds after it was registered; at most ten years. */
  deprecateAfter: z.int().positive().optional(),
  deregistrationProtection: z.strictObject({ withCooldown: z.boolean() }).optional(),
  launchPermissions: z.strictObject({
    /** Account ids. */
    users: z.array(z.string()),
    /** Whether everybody may launch it: EC2's group `all`. */
    public: z.boolean(),
    /** ARNs. */
    organizations: z.array(z.string()),
    organizationalUnits: z.array(z.string()),
  }),
  /** Of the snapshot, beside the image's own. */
  snapshotTags: z.record(z.string(), z.string()),
});
export type ImageAttributes = z.infer<typeof ImageAttributes>;

/** Of a recipe that asks for nothing. */
export const noAttributes: ImageAttributes = {
  blockDevices: [],
  launchPermissions: { users: [], public: false, organizations: [], organizationalUnits: [] },
  snapshotTags: {},
};
