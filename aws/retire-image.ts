import { DeleteSnapshotCommand, DeregisterImageCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { NotFound } from "../core/errors.ts";
import type { ImageId } from "../core/ids.ts";
import { rootSnapshot, tagOf } from "./ami.ts";
import { imageOfId, isMissing } from "./find-images.ts";
import { readRecord, recordKey } from "./image-records.ts";
import { replaceLatest } from "./replace-latest.ts";
import { isNamed } from "./named-error.ts";
import type { Bucket } from "./objects.ts";
import { statementsObject } from "./statements.ts";
import type { Stage } from "./stage.ts";

export interface RetiringWorld extends Bucket {
  ec2: EC2Client;
  ssm: SSMClient;
  stage: Bucket["stage"] & Pick<Stage, "name">;
}

/**
 * Removes a published image of the stage: the AMI, which goes first because EC2 may not let it go;
 * then it is the latest no more, and the snapshot behind its root, its statements and its record go.
 * The record is the last, so that all can be asked for again. Throws NotFound for one that is none
 * of the stage's, and what EC2 says of one that is protected.
 */
export const retireImage = async (aws: RetiringWorld, imageId: ImageId): Promise<void> => {
  const { ec2, s3, stage } = aws;
  const ami = await imageOfId(aws, imageId);
  if (ami !== undefined) {
    const recipe = tagOf(ami, "recipe");
    if (tagOf(ami, "stage") !== stage.name || recipe === undefined) {
      throw new NotFound(`the image ${imageId} is none of the stage ${stage.name}`);
    }
    await deregister(ec2, imageId);
    await replaceLatest(aws, recipe, imageId);
    await removeSnapshot(aws, rootSnapshot(ami));
  } else {
    const record = await readRecord(aws, imageId);
    if (record !== undefined) await replaceLatest(aws, record.name, imageId);
  }
  for (const Key of [statementsObject(imageId), recordKey(imageId)]) {
    await s3.send(new DeleteObjectCommand({ Bucket: stage.artifactBucket, Key }));
  }
};

/** One that is gone already is shown for a while. */
const deregister = async (ec2: EC2Client, imageId: ImageId): Promise<void> => {
  try {
    await ec2.send(new DeregisterImageCommand({ ImageId: imageId }));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
};

const removeSnapshot = async ({ ec2 }: RetiringWorld, SnapshotId: string | undefined) => {
  if (SnapshotId === undefined) return;
  try {
    await ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
  } catch (error) {
    if (!isNamed(error, "InvalidSnapshot.NotFound")) throw error;
  }
};
