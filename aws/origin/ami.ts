import type { Image } from "@aws-sdk/client-ec2";
import type { Stage } from "../stage.ts";
import { tagKeys } from "../tags.ts";

/** An image of EC2's, as DescribeImages has it. */
export type Ami = Image;

/** The value of a tag, by its whole key; EC2 shows nobody the tags of another account. */
export const tagged = ({ Tags = [] }: Ami, key: string): string | undefined =>
  Tags.find(({ Key }) => Key === key)?.Value;

/** Whether this stage made it. */
export const isOfStage = (ami: Ami, stage: Pick<Stage, "name" | "account">): boolean =>
  ami.OwnerId === stage.account && tagged(ami, tagKeys.stage) === stage.name;

/** What backs its root. */
export const rootDisk = ({ RootDeviceName, BlockDeviceMappings = [] }: Ami) =>
  BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Ebs;

/** How an operator finds it: its id, and its name where it has one. */
export const named = ({ ImageId = "", Name }: Ami): string =>
  Name === undefined ? ImageId : `${ImageId} (${Name})`;

/** The newest first; of two that were made at once, always the same. */
export const newestFirst = (one: Ami, other: Ami): number =>
  (other.CreationDate ?? "").localeCompare(one.CreationDate ?? "") ||
  (other.ImageId ?? "").localeCompare(one.ImageId ?? "");
