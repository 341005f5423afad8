import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { setTimeout as sleep } from "node:timers/promises";
import { CorruptRecord } from "../core/errors.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

/*
 * Objects of the artifact bucket. Each of these is a function of its own, so that a Lambda has no
 * call in it that it may not make. What is not there is undefined: S3 says that only to those who
 * may list the bucket; to others it is AccessDenied.
 */

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

/** By the key of the stage. */
const encrypted = ({ stage }: Bucket) => ({
  ServerSideEncryption: "aws:kms" as const,
  SSEKMSKeyId: stage.keyArn,
  BucketKeyEnabled: true, // else each object costs a call of KMS
});

/** HeadObject, whose answer has no body, calls it NotFound. */
const orMissing = async <Answer>(
  answer: Promise<Answer>,
  ...names: string[]
): Promise<Answer | undefined> => {
  try {
    return await answer;
  } catch (error) {
    if (isNamed(error, "NoSuchKey", "NotFound", ...names)) return undefined;
    throw error;
  }
};

/** What an object holds, and when it was written. */
export interface Found {
  bytes: Buffer;
  written: Date;
  /** What a write names that is to replace just this. */
  etag: string;
}

/** Throws CorruptRecord for an object of more than `most` bytes, which is not read. */
export const findObject = async (
  bucket: Bucket,
  key: string,
  most = Infinity,
): Promise<Found | undefined> => {
  const found = await orMissing(bucket.s3.send(new GetObjectCommand(place(bucket, key))));
  if (found === undefined) return undefined;
  if ((found.ContentLength ?? 0) > most) {
    throw new CorruptRecord(`${key} has ${found.ContentLength} bytes; at most ${most} are read`);
  }
  const bytes = Buffer.from((await found.Body?.transformToByteArray()) ?? []);
  return { bytes, written: found.LastModified ?? new Date(), etag: found.ETag ?? "" };
};

/** An object's text; else as `findObject`. */
export const readObject = async (
  bucket: Bucket,
  key: string,
  most?: number,
): Promise<string | undefined> => (await findObject(bucket, key, most))?.bytes.toString("utf8");

/** When an object was written. */
export const whenWritten = async (bucket: Bucket, key: string): Promise<Date | undefined> =>
  (await orMissing(bucket.s3.send(new HeadObjectCommand(place(bucket, key)))))?.LastModified;

export interface Written {
  /** As HTTP has it; S3's own, bytes of any kind, when absent. */
  type?: "text/plain" | "text/html" | "application/json";
  /** Only where there is none of that key: S3 itself decides who is first. */
  unlessThere?: boolean;
}

/** Writes at most 5 GB by one PutObject, whole or not at all; says whether it did. */
export const writeObject = async (
  bucket: Bucket,
  key: string,
  content: string | Uint8Array,
  { type, unlessThere = false }: Written = {},
): Promise<boolean> => {
  const order = new PutObjectCommand({
    ...{ ...place(bucket, key), ...encrypted(bucket) },
    Body: Buffer.from(content), // of a string that is empty the SDK does not see the length
    ...(type !== undefined && { ContentType: `${type}; charset=utf-8` }),
    ...(unlessThere && { IfNoneMatch: "*" }),
  });
  for (let tries = 1; ; tries++) {
    try {
      await bucket.s3.send(order);
      return true;
    } catch (error) {
      if (unlessThere && isNamed(error, "PreconditionFailed")) return false;
      // said to one of two at once, and not whether the other one will be there
      if (!isNamed(error, "ConditionalRequestConflict") || tries === 5) throw error;
    }
    await sleep(200 * Math.random());
  }
};

/**
 * What S3 says to a write with a condition that does not hold, to one of two at once, and where
 * what it is to replace is gone (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes).
 */
const unfulfilled = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];

/**
 * Writes JSON in place of the object that had that tag by `findObject`, or where there was none: S3
 * itself decides who of two is first. Answers the tag that it has now, or nothing where another
 * object is there.
 */
export const swapObject = async (
  bucket: Bucket,
  key: string,
  content: string,
  etag: string | undefined,
): Promise<string | undefined> => {
  const order = new PutObjectCommand({
    ...{ ...place(bucket, key), ...encrypted(bucket), Body: Buffer.from(content) },
    ContentType: "application/json; charset=utf-8",
    ...(etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag }),
  });
  try {
    return (await bucket.s3.send(order)).ETag;
  } catch (error) {
    if (isNamed(error, ...unfulfilled)) return undefined;
    throw error;
  }
};

/**
 * The copy's SHA-256, as 64 hexadecimal digits; undefined when there is nothing to copy, nor a
 * bucket. `from` is a key of the same bucket, or a place in another one of the account.
 */
export const copyObject = async (
  bucket: Bucket,
  from: string | { bucket: string; key: string },
  to: string,
): Promise<string | undefined> => {
  const source =
    typeof from === "string" ? [bucket.stage.artifactBucket, from] : [from.bucket, from.key];
  const order = new CopyObjectCommand({
    ...{ ...place(bucket, to), ...encrypted(bucket), ChecksumAlgorithm: "SHA256" },
    CopySource: source.join("/").split("/").map(encodeURIComponent).join("/"),
    ExpectedSourceBucketOwner: bucket.stage.account,
  });
  const copied = await orMissing(bucket.s3.send(order), "NoSuchBucket");
  const sum = copied?.CopyObjectResult?.ChecksumSHA256;
  return sum === undefined ? undefined : Buffer.from(sum, "base64").toString("hex");
};

export const removeObject = async (bucket: Bucket, key: string): Promise<void> => {
  await bucket.s3.send(new DeleteObjectCommand(place(bucket, key)));
};
