import {
  DeleteObjectsCommand,
  GetBucketLoggingCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  type S3Client,
} from "@aws-sdk/client-s3";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

export interface Buckets {
  s3: S3Client;
  stage: Pick<Stage, "account" | "recipeBucket" | "artifactBucket">;
}

/** The stage's buckets, and that of their access logs, which only they name. */
export const bucketsOf = async ({ s3, stage }: Buckets): Promise<string[]> => {
  const ask = { Bucket: stage.recipeBucket, ExpectedBucketOwner: stage.account };
  try {
    const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand(ask));
    const log = LoggingEnabled?.TargetBucket;
    return [stage.recipeBucket, stage.artifactBucket, ...(log === undefined ? [] : [log])];
  } catch (error) {
    if (isNamed(error, "NoSuchBucket")) return [];
    throw error;
  }
};

/** Deletes every version of every object: a bucket that is not empty cannot be removed. */
export const emptyBucket = async (s3: S3Client, bucket: string): Promise<void> => {
  try {
    for await (const objects of versionsIn(s3, bucket)) await deleteAll(s3, bucket, objects);
  } catch (error) {
    if (!isNamed(error, "NoSuchBucket")) throw error;
  }
};

/** A thousand at most at once, as many as can be deleted at once; the SDK has no pages of these. */
const versionsIn = async function* (s3: S3Client, Bucket: string) {
  let from: Pick<ListObjectVersionsCommandInput, "KeyMarker" | "VersionIdMarker"> | undefined = {};
  while (from !== undefined) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket, ...from }),
    );
    yield [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      ...{ Key, VersionId },
    }));
    const next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    from = page.IsTruncated === true ? next : undefined;
  }
};

const deleteAll = async (s3: S3Client, Bucket: string, Objects: ObjectIdentifier[]) => {
  if (Objects.length === 0) return;
  const order = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
  const { Errors: [failed] = [] } = await s3.send(order);
  if (failed === undefined) return;
  throw new Error(`${Bucket}/${failed.Key} was not deleted: ${failed.Message}`);
};
