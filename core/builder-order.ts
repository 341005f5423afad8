import * as z from "zod";
import { BakeId, VolumeId } from "./ids.ts";
import { inventoryFile } from "./inventory/document.ts";
import { BakeJob } from "./job.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * What a builder is told of its bake, in the file of that name in its folder of the artifact
 * bucket. Holds no secret's value.
 */
export const BuilderOrder = z.strictObject({
  ...BakeJob.pick({ recipe: true, origin: true, architecture: true, rootVolumeSize: true }).shape,
  bake: BakeId,
  /** The working disk. */
  volumeId: VolumeId,
  /** Of the archive of the files that the recipe names; absent when it names none. */
  bundle: z.strictObject({ sha256 }).optional(),
});
export type BuilderOrder = z.infer<typeof BuilderOrder>;

/** Names in a builder's folder of the artifact bucket, `builders/<role id>:<instance id>/`. */
export const builderFiles = {
  /** What it gets: the agent with its Node, the order, the bundle. */
  agent: "agent.tar.gz",
  order: "job.json",
  bundle: "bundle.tar.gz",
  /** The key it wants secrets sealed with, and the secrets: core/sealed.ts. */
  key: "secrets.pem",
  secrets: "secrets.sealed",
  /** Written anew every half minute while it is at work. */
  alive: "alive",
  /** What it gives: the last of them is the result, when all else is there. */
  inventory: inventoryFile,
  result: "result.json",
} as const;
export type BuilderFile = (typeof builderFiles)[keyof typeof builderFiles];

/** Where a builder's folder begins and ends; as an IAM policy's `${aws:userid}` it is its own. */
export const builderPrefix = (roleId: string, instanceId: string): string =>
  `builders/${roleId}:${instanceId}/`;
