import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  type EC2Client,
  paginateDescribeImages,
} from "@aws-sdk/client-ec2";
import type { BakeId, SnapshotId } from "../core/ids.ts";
import { type Ami, isThere } from "./ami.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";
import { filters } from "./tags.ts";

export interface ImagesOfEc2 {
  ec2: EC2Client;
  stage: Pick<Stage, "name">;
}

/** What EC2 says of an image that is not there; the last, of what is no AMI's id at all. */
const missing = ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed"];

/** Whether the error says that there is no such image, or no longer. */
export const isMissing = (error: unknown): boolean => isNamed(error, ...missing);

/** The image of that id, whoever's it is; deprecated and disabled ones if `more` says so. */
export const imageOfId = async (
  { ec2 }: Pick<ImagesOfEc2, "ec2">,
  imageId: string,
  more: Pick<DescribeImagesCommandInput, "IncludeDeprecated" | "IncludeDisabled"> = {},
): Promise<Ami | undefined> => {
  try {
    const ask = { ImageIds: [imageId], ...more };
    const { Images = [] } = await ec2.send(new DescribeImagesCommand(ask));
    return Images.find(isThere);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** The account's image of that name, of which there is one at most; it may be a disabled one. */
export const imageNamed = async (aws: ImagesOfEc2, name: string): Promise<Ami | undefined> =>
  (await own(aws, { Filters: [{ Name: "name", Values: [name] }], IncludeDisabled: true }))[0];

/** All that a bake registered, candidates and published ones. */
export const imagesOf = (aws: ImagesOfEc2, bake: BakeId): Promise<Ami[]> =>
  own(aws, { Filters: filters(aws.stage, { bake, role: "image" }), IncludeDisabled: true });

/** All of a recipe that were published. */
export const publishedImagesOf = (aws: ImagesOfEc2, recipe: string): Promise<Ami[]> =>
  own(aws, { Filters: filters(aws.stage, { recipe, role: "image", state: "published" }) });

/** Whether an image of the account has a disk that begins as the snapshot. */
export const backsImage = async (aws: ImagesOfEc2, snapshotId: SnapshotId): Promise<boolean> => {
  const Filters = [{ Name: "block-device-mapping.snapshot-id", Values: [snapshotId] }];
  return (await own(aws, { Filters, IncludeDisabled: true })).length > 0;
};

/** Deprecated ones are always shown to their owner. */
const own = ({ ec2 }: ImagesOfEc2, ask: DescribeImagesCommandInput): Promise<Ami[]> =>
  amisThatFit(ec2, { ...ask, Owners: ["self"] });

/**
 * All images that fit, page by page. EC2 makes pages of all that an account has, and filters
 * afterwards: so of an account with many images, short ones are many calls.
 */
export const amisThatFit = async (
  ec2: EC2Client,
  ask: DescribeImagesCommandInput & { Owners: string[] },
): Promise<Ami[]> => {
  const found: Ami[] = [];
  for await (const { Images = [] } of paginateDescribeImages({ client: ec2, pageSize: 500 }, ask)) {
    found.push(...Images.filter(isThere));
  }
  return found;
};
