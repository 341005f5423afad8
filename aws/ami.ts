import type { Image } from "@aws-sdk/client-ec2";
import type { Stage } from "./stage.ts";
import { tagKeys } from "./tags.ts";

/** An image of EC2's, as DescribeImages has it. */
export type Ami = Image;

/** The value of a tag, by its whole key; EC2 shows nobody the tags of another account. */
export const tagValue = ({ Tags = [] }: Ami, key: string): string | undefined =>
  Tags.find(({ Key }) => Key === key)?.Value;

/** The value of one of our tags. */
export const tagOf = (ami: Ami, key: keyof typeof tagKeys): string | undefined =>
  tagValue(ami, tagKeys[key]);

/** A deregistered one may be shown for a while. */
export const isThere = ({ State }: Ami): boolean => State !== "deregistered";

/** Whether this stage made it. */
export const isOfStage = (ami: Ami, stage: Pick<Stage, "name" | "account">): boolean =>
  ami.OwnerId === stage.account && tagOf(ami, "stage") === stage.name;

/** What backs its root. */
export const rootDisk = ({ RootDeviceName, BlockDeviceMappings = [] }: Ami) =>
  BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Ebs;

/** The snapshot behind its root. */
export const rootSnapshot = (ami: Ami): string | undefined => rootDisk(ami)?.SnapshotId;

/** How an operator finds it: its id, and its name where it has one. */
export const named = ({ ImageId = "", Name }: Ami): string =>
  Name === undefined ? ImageId : `${ImageId} (${Name})`;

/** The newest first; of two that were made at once, always the same. */
export const newestFirst = (one: Ami, other: Ami): number =>
  (other.CreationDate ?? "").localeCompare(one.CreationDate ?? "") ||
  (other.ImageId ?? "").localeCompare(one.ImageId ?? "");
