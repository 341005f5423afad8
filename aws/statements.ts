import { NotFound } from "../core/errors.ts";
import type { ImageId } from "../core/ids.ts";
import type { Statements } from "../core/ports.ts";
import { bundleEnding } from "../core/statement/bundle.ts";
import { readRecord } from "./image-records.ts";
import { type Bucket, readObject, writeObject } from "./objects.ts";

/** Beside the record; who lists records takes what ends in `.json`. */
export const statementsObject = (imageId: ImageId): string => `images/${imageId}${bundleEnding}`;

/** Before the image is published: there is no moment in which it is without them. */
export const writeStatements = async (
  bucket: Bucket,
  imageId: ImageId,
  text: string,
): Promise<void> => {
  await writeObject(bucket, statementsObject(imageId), text, { type: "text/plain" });
};

/** Images' statements as objects of the artifact bucket. */
export const s3Statements = (bucket: Bucket): Statements => ({
  async find(imageId) {
    const image = await readRecord(bucket, imageId);
    if (image === undefined) throw new NotFound(`the catalogue has no image ${imageId}`);
    return { image, text: await readObject(bucket, statementsObject(imageId)) };
  },
});
