import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  type EC2Client,
  paginateDescribeImages,
} from "@aws-sdk/client-ec2";
import { OriginRefused } from "../../core/errors.ts";
import { isNamed } from "../named-error.ts";
import type { Ami } from "./ami.ts";

const missing = ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed"];

/** The image of that id, whoever's it is; undefined when there is none. Throws OriginRefused. */
export const amiOfId = async (ec2: EC2Client, imageId: string): Promise<Ami | undefined> => {
  // by their id deprecated and disabled ones are wanted too: what they are is told
  const ask = { ImageIds: [imageId], IncludeDeprecated: true, IncludeDisabled: true };
  try {
    const { Images = [] } = await ec2.send(new DescribeImagesCommand(ask));
    return Images.find(({ State }) => State !== "deregistered");
  } catch (error) {
    if (isNamed(error, ...missing)) return undefined;
    if (
      error instanceof Error &&
      error.name === "AuthFailure" &&
      /not authorized for images/i.test(error.message)
    ) {
      throw new OriginRefused(
        `the origin ${imageId} is not shared with this account; its owner has to give the account leave to launch it`,
        { cause: error },
      );
    }
    throw error;
  }
};

/** All images that fit, page by page. */
export const amisThatFit = async (
  ec2: EC2Client,
  ask: DescribeImagesCommandInput & { Owners: string[] },
): Promise<Ami[]> => {
  const found: Ami[] = [];
  for await (const { Images = [] } of paginateDescribeImages({ client: ec2, pageSize: 500 }, ask)) {
    found.push(...Images.filter(({ State }) => State !== "deregistered"));
  }
  return found;
};
