import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  type EC2Client,
  type Image,
  paginateDescribeImages,
} from "@aws-sdk/client-ec2";
import type { BakeId, ImageId, SnapshotId } from "../core/ids.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";
import { filters, tagKeys } from "./tags.ts";

/** An image of EC2's, as DescribeImages has it. */
export type Ami = Image;

export interface ImagesOfEc2 {
  ec2: EC2Client;
  stage: Pick<Stage, "name">;
}

/** What EC2 says of an image that is not there; the last, of what is no AMI's id at all. */
const missing = ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed"];

/** Whether the error says that there is no such image, or no longer. */
export const isMissing = (error: unknown): boolean => isNamed(error, ...missing);

/** A deregistered one may be shown for a while. */
const isThere = ({ State }: Ami): boolean => State !== "deregistered";

/** The image of that id, whoever's it is. */
export const imageOfId = async (
  { ec2 }: Pick<ImagesOfEc2, "ec2">,
  imageId: ImageId,
): Promise<Ami | undefined> => {
  try {
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
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

/**
 * Deprecated ones are always shown to their owner. EC2 makes pages of all that an account has, and
 * filters afterwards: so of an account with many images, short ones are many calls.
 */
const own = async ({ ec2 }: ImagesOfEc2, ask: DescribeImagesCommandInput): Promise<Ami[]> => {
  const found: Ami[] = [];
  const pages = paginateDescribeImages(
    { client: ec2, pageSize: 500 },
    { ...ask, Owners: ["self"] },
  );
  for await (const { Images = [] } of pages) found.push(...Images.filter(isThere));
  return found;
};

/** The value of one of our tags on an image. */
export const tagOf = (ami: Ami, key: keyof typeof tagKeys): string | undefined =>
  ami.Tags?.find(({ Key }) => Key === tagKeys[key])?.Value;

/** The snapshot behind an image's root. */
export const rootSnapshot = ({
  RootDeviceName,
  BlockDeviceMappings = [],
}: Ami): string | undefined =>
  BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Ebs?.SnapshotId;
