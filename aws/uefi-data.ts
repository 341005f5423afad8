import { DescribeImageAttributeCommand } from "@aws-sdk/client-ec2";
import * as z from "zod";
import type { ImageId } from "../core/ids.ts";
import type { OriginWorld } from "./origin-facts.ts";
import { sharedLook } from "./shared-look.ts";

const Seen = z.strictObject({ uefiData: z.string().optional() });

/** Milliseconds for which a look is for all bakes of that image, a day: what it is asked for never changes. */
const fresh = 24 * 3600 * 1000;

/**
 * The UEFI variables that instances of an image begin with, in Base64; undefined where it has none.
 * DescribeImages does not tell them.
 */
export const uefiDataOf = async (
  aws: OriginWorld,
  imageId: ImageId,
): Promise<string | undefined> => {
  const ask = async () => {
    const order = { ImageId: imageId, Attribute: "uefiData" } as const;
    const { UefiData } = await aws.ec2.send(new DescribeImageAttributeCommand(order));
    return UefiData?.Value ? { uefiData: UefiData.Value } : {};
  };
  return (await sharedLook(aws, { name: `uefi-${imageId}`, schema: Seen, fresh, ask })).sight
    .uefiData;
};
