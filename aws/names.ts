import * as z from "zod";
import type { Names } from "../core/drops.ts";
import { NotFound } from "../core/errors.ts";
import { type Bucket, readObject, writeObject } from "./objects.ts";

const Claim = z.strictObject({
  /** The drop prefix; empty for the top of the bucket. */
  prefix: z.string(),
  /** ISO 8601. */
  at: z.iso.datetime(),
});

const keyOf = (name: string): string => `names/${name}.json`;

/**
 * Whose the names of images are, as objects in the artifact bucket. S3 itself decides who was
 * first: an object that is only written where there is none is written once.
 */
export const s3Names = (bucket: Bucket): Names => {
  const owner = async (name: string): Promise<string | undefined> => {
    const text = await readObject(bucket, keyOf(name));
    return text === undefined ? undefined : Claim.parse(JSON.parse(text)).prefix;
  };
  return {
    owner,
    async claim(name, prefix) {
      const record = JSON.stringify({ prefix, at: new Date().toISOString() });
      const first = { type: "application/json", unlessThere: true } as const;
      if (await writeObject(bucket, keyOf(name), record, first)) return prefix;
      const other = await owner(name);
      if (other === undefined) throw new NotFound(`the claim to ${name} was removed meanwhile`);
      return other;
    },
  };
};
