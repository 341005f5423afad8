import { paginateListObjectsV2 } from "@aws-sdk/client-s3";
import * as z from "zod";
import { CorruptRecord } from "../../core/errors.ts";
import type { ImageId } from "../../core/ids.ts";
import { Image } from "../../core/image.ts";
import { readKept, recordKey } from "../image-records.ts";
import type { OriginsAccount } from "./account.ts";

/** Where images are recorded: `images/<ami>.json`, as core/image.ts has it. */
const folder = "images/";

/** What a child has from its origin's record. */
const Parent = z.object(Image.shape);
export type Parent = z.infer<typeof Parent>;

/** What alone is needed to know what an image descends from. */
const Descendant = Parent.pick({ lineage: true });

type Records = Pick<OriginsAccount, "s3" | "stage">;

/** The record of a published image. Throws CorruptRecord, also when there is none. */
export const recordOf = async (records: Records, imageId: ImageId): Promise<Parent> => {
  const record = await readKept(records, recordKey(imageId), Parent);
  if (record !== undefined) return record;
  throw new CorruptRecord(
    `the image ${imageId} is published, and s3://${records.stage.artifactBucket}/${folder} has no record of it; bake its recipe anew`,
  );
};

/** Lineages of all images that are recorded. Throws CorruptRecord. */
export const allLineages = async function* (records: Records) {
  const ask = { ...bucketOf(records), Prefix: folder };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: records.s3 }, ask)) {
    const keys = Contents.flatMap(({ Key = "" }) => (Key.endsWith(".json") ? [Key] : []));
    for (let at = 0; at < keys.length; at += 20) {
      const some = keys.slice(at, at + 20).map((key) => readKept(records, key, Descendant));
      // one that is gone was removed meanwhile
      for (const record of await Promise.all(some)) if (record) yield record.lineage;
    }
  }
};

/** A bucket of that name in another account is not ours. */
const bucketOf = ({ stage }: Records) => ({
  Bucket: stage.artifactBucket,
  ExpectedBucketOwner: stage.account,
});
