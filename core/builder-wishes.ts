import * as z from "zod";

/** EC2's names of EBS volume types that a working disk may have. */
export const VolumeType = z.enum(["gp3", "gp2", "io1", "io2"]);
export type VolumeType = z.infer<typeof VolumeType>;

/**
 * What a recipe asks of the machine that bakes it in an AWS account; what is absent is the
 * operator's choice. A bake on one machine takes that machine, whatever is asked.
 */
export const BuilderWishes = z.strictObject({
  /** Refused when it is not the region of the account's bakery. */
  region: z.string().optional(),
  /** A size word, for any architecture. */
  instanceSize: z.enum(["small", "medium", "large", "xlarge"]).optional(),
  /** EC2's instance types, the best first; instead of a size. */
  instanceTypes: z.array(z.string()).min(1).optional(),
  /** Whether spare capacity is asked for first. */
  spot: z.boolean(),
  subnet: z.string().optional(),
  securityGroup: z.string().optional(),
  /** TCP ports that steps connect to, beside 80 and 443. */
  ports: z.array(z.int().min(1).max(65_535)),
  /** Id, ARN or `alias/…` of the KMS key of the working disk and its snapshot. */
  kmsKey: z.string().optional(),
  volume: z.strictObject({
    type: VolumeType,
    iops: z.int().positive().optional(),
    /** MiB/s, of gp3. */
    throughput: z.int().positive().optional(),
  }),
});
export type BuilderWishes = z.infer<typeof BuilderWishes>;

/** Of a recipe that asks for nothing. */
export const noWishes: BuilderWishes = { spot: false, ports: [], volume: { type: "gp3" } };
