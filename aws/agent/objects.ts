import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { CorruptRecord } from "../../core/errors.ts";

/** An object's text, and when it was written. */
export interface Found {
  text: string;
  written: Date;
}

/** The objects of one bucket that a bake and its builder share. */
export interface Objects {
  /** Undefined when there is none. Throws CorruptRecord for one that is too large. */
  read(key: string): Promise<Found | undefined>;
  /** When it was written; undefined when there is none. */
  written(key: string): Promise<Date | undefined>;
  write(key: string, text: string): Promise<void>;
  /**
   * The copy's SHA-256, as 64 hexadecimal digits; undefined when there is nothing to copy. `bucket`
   * is another one that is copied from.
   */
  copy(from: string, to: string, bucket?: string): Promise<string | undefined>;
  remove(key: string): Promise<void>;
}

/** Bytes: a builder writes there too, and a function has little memory. */
const most = 8 * 1024 ** 2;

export const objectsIn = (s3: S3Client, Bucket: string): Objects => ({
  async read(Key) {
    const found = await orMissing(s3.send(new GetObjectCommand({ Bucket, Key })));
    if (found === undefined) return undefined;
    if ((found.ContentLength ?? 0) > most) {
      throw new CorruptRecord(`${Key} has ${found.ContentLength} bytes; at most ${most} are read`);
    }
    const text = (await found.Body?.transformToString()) ?? "";
    return { text, written: found.LastModified ?? new Date() };
  },
  async written(Key) {
    const found = await orMissing(s3.send(new HeadObjectCommand({ Bucket, Key })));
    return found?.LastModified;
  },
  async write(Key, Body) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  },
  async copy(from, Key, bucket = Bucket) {
    const CopySource = [bucket, ...from.split("/")].map(encodeURIComponent).join("/");
    const order = { Bucket, Key, CopySource, ChecksumAlgorithm: "SHA256" } as const;
    const copied = await orMissing(s3.send(new CopyObjectCommand(order)));
    const sum = copied?.CopyObjectResult?.ChecksumSHA256;
    return sum === undefined ? undefined : Buffer.from(sum, "base64").toString("hex");
  },
  async remove(Key) {
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  },
});

const orMissing = <Answer>(answer: Promise<Answer>): Promise<Answer | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) {
      return undefined;
    }
    throw error;
  });
