import * as z from "zod";
import { Architecture } from "../core/job.ts";

const perArchitecture = <T extends z.ZodType>(of: T) => z.record(Architecture, of);

/** How builders reach package repositories; a parameter of the stack. */
export const NetworkMode = z.enum(["public", "nat", "endpoints"]);
export type NetworkMode = z.infer<typeof NetworkMode>;

/** A stage's name: part of names of resources, some of which take 64 characters. */
export const StageName = z.string().regex(/^[a-z][a-z0-9-]{0,19}$/);

/**
 * What the stacks made, as they tell it to the functions: JSON in the environment variable
 * `OVENBIRD_STAGE`.
 */
export const Stage = z.strictObject({
  name: StageName,
  account: z.string(),
  region: z.string(),
  /** Where recipes are dropped. */
  recipeBucket: z.string(),
  /** Where artifacts, image records and what builders read and write are kept. */
  artifactBucket: z.string(),
  /** ARN of the KMS key of disks, snapshots and buckets. */
  keyArn: z.string(),
  /** ARN of the KMS key that signs statements: no builder may use it. */
  signingKeyArn: z.string(),
  /** Keys that signed before it: what they signed still holds. DER in base64. */
  earlierKeys: z.array(z.strictObject({ keyArn: z.string(), publicKey: z.string() })).optional(),
  network: z.strictObject({
    mode: NetworkMode,
    vpcId: z.string(),
    /** One a zone, in the order in which they are tried. */
    subnets: z.array(z.strictObject({ subnetId: z.string(), zone: z.string() })).min(1),
    securityGroupId: z.string(),
  }),
  builders: z.strictObject({
    instanceProfile: z.string(),
    /** `AROA…`: with the instance's id it makes the `aws:userid` of a builder. */
    roleId: z.string(),
    /** Public SSM parameters of the AMI that builders boot. */
    imageParameters: perArchitecture(z.string()),
    /** How many there may be at once; a bake beyond that waits. */
    most: z.int().positive(),
    /** How many machines a second EC2 lets the account start: 2, where AWS was not asked for more. */
    launches: z.int().positive().default(2),
    /** Hours after which a builder ends itself. */
    lifetime: z.int().positive(),
  }),
  /** The SSM document that starts the agent. */
  documentName: z.string(),
  /** The log group of agents' lines: a stream a bake. */
  agentLogGroup: z.string(),
  topicArn: z.string(),
  /** Of the code of all functions as it was deployed; 64 hexadecimal digits. */
  functionsSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The agent with its Node: uploaded with the stacks, and never changed under its key. */
  agentPackages: perArchitecture(
    z.strictObject({
      bucket: z.string(),
      key: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type Stage = z.infer<typeof Stage>;

/** The stage that this function belongs to. Throws when the environment does not say. */
export const stageOf = (environment: Record<string, string | undefined>): Stage =>
  Stage.parse(JSON.parse(environment["OVENBIRD_STAGE"] ?? "null"));
