import * as z from "zod";
import { BakeId, ImageId, SnapshotId } from "./ids.ts";
import { DiskFacts } from "./job.ts";
import { Lineage } from "./origin.ts";

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
});
export type Image = z.infer<typeof Image>;
