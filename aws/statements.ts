import type { EC2Client } from "@aws-sdk/client-ec2";
import { NotFound, StatementBroken } from "../core/errors.ts";
import type { ImageId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import type { Statements } from "../core/ports.ts";
import { bundleEnding } from "../core/statement/bundle.ts";
import { type Ami, rootSnapshot, tagOf } from "./ami.ts";
import { imageOfId } from "./find-images.ts";
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

export interface StatementsWorld extends Bucket {
  ec2: EC2Client;
}

/**
 * Images' statements as objects of the artifact bucket. What EC2 says of an image is held against
 * its record, which somebody may have changed who may write to the bucket, and not tag images.
 */
export const s3Statements = (aws: StatementsWorld): Statements => ({
  async find(imageId) {
    const image = await readRecord(aws, imageId);
    if (image === undefined) throw new NotFound(`the catalogue has no image ${imageId}`);
    const ami = await imageOfId(aws, imageId);
    return {
      image: ami === undefined ? image : asTagged(image, ami),
      text: await readObject(aws, statementsObject(imageId)),
    };
  },
});

/** The record, with the digest of statements that EC2 knows. Throws StatementBroken. */
const asTagged = (image: Image, ami: Ami): Image => {
  const { imageId, statement = tagOf(ami, "statement"), snapshotId } = image;
  const told = tagOf(ami, "statement");
  if (told !== statement) {
    throw new StatementBroken(
      `the record of ${imageId} names the statement ${statement}, and its tag in EC2 ${told ?? "none"}`,
    );
  }
  const root = rootSnapshot(ami);
  if (root !== snapshotId) {
    throw new StatementBroken(
      `the record of ${imageId} names the snapshot ${snapshotId}, and in EC2 it begins as ${root ?? "none"}`,
    );
  }
  return { ...image, ...(statement !== undefined && { statement }) };
};
