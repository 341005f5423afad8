import { AttachImageWatermarkCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { ImageId } from "../core/ids.ts";
import { type Ami } from "./ami.ts";
import { imageOfId } from "./find-images.ts";
import { isThrottle } from "./machine/refusals.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

/*
 * EC2 keeps watermarks on images: names that begin with the account's id, which only the owner can
 * attach, and which copies inherit. Allowed AMIs take them as a criterion, so that accounts launch
 * what this stage published and nothing else.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachImageWatermark.html
 */

/** `ACCOUNT:` and this, as EC2 shows it. */
export const watermarkName = ({ name }: Pick<Stage, "name">): string => `ovenbird-${name}`;

export const watermarkKey = (stage: Pick<Stage, "name" | "account">): string =>
  `${stage.account}:${watermarkName(stage)}`;

/** Whether the image has the stage's. */
export const isWatermarked = (
  { ImageWatermarks = [] }: Ami,
  stage: Pick<Stage, "name" | "account">,
): boolean => ImageWatermarks.some(({ WatermarkKey }) => WatermarkKey === watermarkKey(stage));

export interface Watermarking {
  ec2: EC2Client;
  stage: Pick<Stage, "name" | "account">;
}

/**
 * What EC2 says where it knows no watermarks, or gives none: they came in 2026, not to every
 * partition, and nobody has seen yet how IAM narrows them. An image without is none the worse.
 */
const refusals = [
  ...["InvalidAction", "UnsupportedOperation", "UnknownOperationException"],
  ...["UnauthorizedOperation", "OperationNotPermitted"],
];

/**
 * Attaches the stage's, unless the image has it. An image for everybody gets none: EC2 refuses it.
 * Says whether the image has it then: where EC2 refuses, it has not, and `verify` tells.
 */
export const attachWatermark = async (
  aws: Watermarking,
  imageId: ImageId,
  ami: Ami,
): Promise<boolean> => {
  if (isWatermarked(ami, aws.stage)) return true;
  const WatermarkName = watermarkName(aws.stage);
  try {
    await aws.ec2.send(new AttachImageWatermarkCommand({ ImageId: imageId, WatermarkName }));
    return true;
  } catch (error) {
    if (isNamed(error, ...refusals)) return false;
    if (isThrottle(error)) throw error;
    // another call of this task may have attached it
    const now = await imageOfId(aws, imageId);
    if (now !== undefined && isWatermarked(now, aws.stage)) return true;
    throw error;
  }
};
