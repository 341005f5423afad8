import type {
  EC2Client,
  ImdsSupportValues,
  TpmSupportValues,
  VolumeType,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import type { ImageId } from "../core/ids.ts";
import { imageOfId } from "./find-images.ts";
import { lookAgain } from "./look-again.ts";
import type { Bucket } from "./objects.ts";
import { sharedLook } from "./shared-look.ts";

/** Values of EC2's vocabulary go back to EC2 as they came. */
const isText = (value: unknown): boolean => typeof value === "string";

const Ebs = z.object({
  ...{ SnapshotId: z.string().optional(), VolumeType: z.custom<VolumeType>(isText).optional() },
  ...{ VolumeSize: z.number().optional(), Iops: z.number().optional() },
  ...{ Throughput: z.number().optional(), DeleteOnTermination: z.boolean().optional() },
});

/** What an image that is baked from another has of it, where its recipe leaves that open. */
const OriginFacts = z.object({
  RootDeviceName: z.string().optional(),
  SriovNetSupport: z.string().optional(),
  ImdsSupport: z.custom<ImdsSupportValues>(isText).optional(),
  TpmSupport: z.custom<TpmSupportValues>(isText).optional(),
  BlockDeviceMappings: z
    .array(
      z.object({
        ...{ DeviceName: z.string().optional(), VirtualName: z.string().optional() },
        Ebs: Ebs.optional(),
      }),
    )
    .optional(),
});
export type OriginFacts = z.infer<typeof OriginFacts>;

/** Of an image that is gone there are none. */
const Seen = z.strictObject({ facts: OriginFacts.optional() });

/** Milliseconds for which a look is for all bakes of that origin: it never changes, and may be gone. */
const fresh = 5000;

export interface OriginWorld extends Bucket {
  ec2: EC2Client;
  /** Milliseconds between looks for what EC2 may not know yet. */
  pauses?: readonly number[];
}

/** Undefined when there is no such image, or was none a moment ago. */
export const originFacts = async (
  aws: OriginWorld,
  imageId: ImageId,
): Promise<OriginFacts | undefined> => {
  const ask = async () => {
    const ami = await lookAgain(() => imageOfId(aws, imageId), aws.pauses);
    return ami === undefined ? {} : { facts: OriginFacts.parse(ami) };
  };
  const look = { name: `image-${imageId}`, schema: Seen, fresh, late: 0, ask };
  return (await sharedLook(aws, look)).sight.facts;
};
