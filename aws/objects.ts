import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

export interface Bucket {
  s3: S3Client;
  stage: Pick<Stage, "account" | "artifactBucket" | "keyArn">;
}

/** A bucket of that name in another account is not ours. */
const place = ({ stage }: Bucket, Key: string) => ({
  Bucket: stage.artifactBucket,
  Key,
  ExpectedBucketOwner: stage.account,
});

/**
 * The text under `key` in the artifact bucket, or undefined when there is none. S3 says that only
 * to those who may list the bucket: to others, what is not there is AccessDenied.
 */
export const readObject = async (bucket: Bucket, key: string): Promise<string | undefined> => {
  try {
    const { Body } = await bucket.s3.send(new GetObjectCommand(place(bucket, key)));
    return (await Body?.transformToString("utf8")) ?? "";
  } catch (error) {
    if (isNamed(error, "NoSuchKey")) return undefined;
    throw error;
  }
};

/** Writes text of at most 5 GB: one PutObject, whole or not at all. */
export const writeObject = async (
  bucket: Bucket,
  key: string,
  text: string,
  type: "text/plain" | "application/json",
): Promise<void> => {
  await bucket.s3.send(
    new PutObjectCommand({
      ...place(bucket, key),
      Body: text,
      ContentType: `${type}; charset=utf-8`,
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: bucket.stage.keyArn,
      BucketKeyEnabled: true, // else each object costs a call of KMS
    }),
  );
};
