import { DeleteSnapshotCommand, DeregisterImageCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { DeleteParameterCommand, GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { NotFound } from "../core/errors.ts";
import type { ImageId } from "../core/ids.ts";
import { imageOfId, rootSnapshot, tagOf } from "./find-images.ts";
import { recordKey } from "./image-records.ts";
import { latestParameter } from "./latest-image.ts";
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
 * Removes a published image of the stage: the AMI, the snapshot behind its root, the parameter that
 * names it as the latest, its statements, and its record, which goes last so that it can be asked for again. Throws
 * NotFound for one that is none of the stage's.
 */
export const retireImage = async (aws: RetiringWorld, imageId: ImageId): Promise<void> => {
  const { ec2, s3, stage } = aws;
  const ami = await imageOfId(aws, imageId);
  if (ami !== undefined) {
    const recipe = tagOf(ami, "recipe");
    if (tagOf(ami, "stage") !== stage.name || recipe === undefined) {
      throw new NotFound(`the image ${imageId} is none of the stage ${stage.name}`);
    }
    await forgetLatest(aws, recipe, imageId);
    await ec2.send(new DeregisterImageCommand({ ImageId: imageId }));
    await removeSnapshot(aws, rootSnapshot(ami));
  }
  for (const Key of [statementsObject(imageId), recordKey(imageId)]) {
    await s3.send(new DeleteObjectCommand({ Bucket: stage.artifactBucket, Key }));
  }
};

/** Unless it names a newer one by now. */
const forgetLatest = async ({ ssm, stage }: RetiringWorld, recipe: string, imageId: ImageId) => {
  const Name = latestParameter(stage, recipe);
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    if (Parameter?.Value === imageId) await ssm.send(new DeleteParameterCommand({ Name }));
  } catch (error) {
    if (!isNamed(error, "ParameterNotFound")) throw error;
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
