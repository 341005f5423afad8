import type * as z from "zod";
import { type Bucket, findObject, swapObject } from "./objects.ts";

/*
 * Small JSON objects of the artifact bucket that many functions change at once. S3 itself decides
 * whose change is made: each names what it saw, and is refused when that is there no more.
 */

/** What somebody saw of a record; what is there and cannot be read counts as nothing. */
export interface Seen<Value> {
  value: Value | undefined;
  /** Of the object; absent when there is none. */
  etag: string | undefined;
}

/** Bytes; what is longer is none of ours. */
const most = 1_000_000;

export const readRecord = async <Value>(
  bucket: Bucket,
  key: string,
  schema: z.ZodType<Value>,
): Promise<Seen<Value>> => {
  const found = await findObject(bucket, key, most);
  if (found === undefined) return { value: undefined, etag: undefined };
  return { value: parsed(found.bytes.toString("utf8"), schema), etag: found.etag };
};

/** One that somebody broke is made anew: it is no more than a note of what AWS says. */
const parsed = <Value>(text: string, schema: z.ZodType<Value>): Value | undefined => {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** Writes in place of what was seen. Answers it as it is seen now, or nothing when that was gone. */
export const swapRecord = async <Value extends object>(
  bucket: Bucket,
  key: string,
  { etag }: Seen<unknown>,
  value: Value,
): Promise<Seen<Value> | undefined> => {
  const now = await swapObject(bucket, key, JSON.stringify(value), etag);
  return now === undefined ? undefined : { value, etag: now };
};
