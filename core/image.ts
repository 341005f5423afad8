import * as z from "zod";
import { Dropped } from "./drop.ts";
import { BakeId, ImageId, SnapshotId } from "./ids.ts";
import { DiskFacts } from "./job.ts";
import { Digest, Lineage } from "./origin.ts";

/** An image is a candidate until its checks pass. A rejected one is removed, so it has no state. */
export const ImageState = z.enum(["candidate", "published"]);
export type ImageState = z.infer<typeof ImageState>;

/** What the catalogue knows of an image. */
export const Image = z.strictObject({
  imageId: ImageId,
  /** The recipe's name. */
  name: z.string(),
  description: z.string(),
  state: ImageState,
  bake: BakeId,
  snapshotId: SnapshotId,
  /** GiB. */
  rootVolumeSize: z.int().positive(),
  disk: DiskFacts,
  lineage: Lineage,
  tags: z.record(z.string(), z.string()),
  /** ISO 8601, when it was registered. */
  created: z.iso.datetime(),
  /** Of a bake that a drop began: which of a recipe's images is the newest goes by it. */
  drop: Dropped.optional(),
  /** ISO 8601, to the minute: when it is deprecated; absent when it never is. */
  deprecateAt: z.iso.datetime().optional(),
  /** Of its signed statements; absent for images that were published before there were any. */
  statement: Digest.optional(),
});
export type Image = z.infer<typeof Image>;

/**
 * When an image that was registered then is deprecated, so many seconds later: to the minute, as
 * EC2 rounds it, which takes no moment that is past or just now.
 */
export const deprecationOf = (created: string, seconds: number, soonest = 0): string => {
  const minute = 60_000;
  const at = Math.max(Date.parse(created) + seconds * 1000, soonest);
  return new Date(Math.round(at / minute) * minute).toISOString();
};
