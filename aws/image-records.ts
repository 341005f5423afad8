import * as z from "zod";
import type { BakeId, ImageId } from "../core/ids.ts";
import { Image } from "../core/image.ts";
import { ImageAttributes } from "../core/image-attributes.ts";
import { parseRecord } from "../core/parse-record.ts";
import { artifactKey } from "./artifacts.ts";
import { type Bucket, readObject, writeObject } from "./objects.ts";

/*
 * What EC2 does not keep of an image: what is on its disk, what it descends from, what is asked
 * for when it is published. A candidate's is an artifact of its bake, written before the image is
 * registered and under a key that the bake's id tells. So there is no moment in which an image is
 * without its record, and a candidate that is removed leaves none in the catalogue.
 */

/** A candidate's record. */
export const Candidate = z.strictObject({
  spec: Image.omit({
    ...{ imageId: true, state: true, created: true, deprecateAt: true, statement: true },
  }),
  attributes: ImageAttributes,
});
export type Candidate = z.infer<typeof Candidate>;

const candidateKey = (bake: BakeId): string => artifactKey(bake, "image.json");

/** Where the catalogue has a published image. */
export const recordKey = (imageId: ImageId): string => `images/${imageId}.json`;

/** A record of the artifact bucket; undefined when there is none. Throws CorruptRecord. */
export const readKept = async <Schema extends z.ZodType>(
  bucket: Bucket,
  key: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> => {
  const text = await readObject(bucket, key);
  if (text === undefined) return undefined;
  return parseRecord(text, schema, `s3://${bucket.stage.artifactBucket}/${key}`);
};

const write = async (bucket: Bucket, key: string, value: unknown): Promise<void> => {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  await writeObject(bucket, key, text, { type: "application/json" });
};

export const writeCandidate = (bucket: Bucket, candidate: Candidate): Promise<void> =>
  write(bucket, candidateKey(candidate.spec.bake), candidate);

/** Whether a call of the bake's has written its record, which is before it registers. */
export const hasCandidate = async (bucket: Bucket, bake: BakeId): Promise<boolean> =>
  (await readObject(bucket, candidateKey(bake))) !== undefined;

/** Throws CorruptRecord. */
export const readCandidate = (bucket: Bucket, bake: BakeId): Promise<Candidate | undefined> =>
  readKept(bucket, candidateKey(bake), Candidate);

export const writeRecord = (bucket: Bucket, image: Image): Promise<void> =>
  write(bucket, recordKey(image.imageId), image);

/** A published image, or undefined when the catalogue has none of that id. Throws CorruptRecord. */
export const readRecord = (bucket: Bucket, imageId: ImageId): Promise<Image | undefined> =>
  readKept(bucket, recordKey(imageId), Image);
