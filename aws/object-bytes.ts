import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { isNamed } from "./named-error.ts";
import type { Bucket } from "./objects.ts";

const place = ({ stage }: Bucket, Key: string) => ({
  Bucket: stage.artifactBucket,
  Key,
  ExpectedBucketOwner: stage.account,
});

/** What `readObject` reads, as bytes: undefined when there is none. */
export const readBytes = async (bucket: Bucket, key: string): Promise<Buffer | undefined> => {
  try {
    const { Body } = await bucket.s3.send(new GetObjectCommand(place(bucket, key)));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (isNamed(error, "NoSuchKey")) return undefined;
    throw error;
  }
};

/** `unlessThere`: S3 refuses it, as PreconditionFailed, when there is one; says whether it was written. */
export const writeBytes = async (
  bucket: Bucket,
  key: string,
  { bytes, unlessThere }: { bytes: Uint8Array; unlessThere?: boolean },
): Promise<boolean> => {
  try {
    await bucket.s3.send(
      new PutObjectCommand({
        ...place(bucket, key),
        Body: bytes,
        ...(unlessThere && { IfNoneMatch: "*" }),
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: bucket.stage.keyArn,
        BucketKeyEnabled: true, // else each object costs a call of KMS
      }),
    );
    return true;
  } catch (error) {
    if (unlessThere && isNamed(error, "PreconditionFailed")) return false;
    throw error;
  }
};
