import {
  type EC2Client,
  paginateDescribeImages,
  paginateDescribeInstances,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSecurityGroups,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  type Tag,
} from "@aws-sdk/client-ec2";
import { paginateGetParametersByPath, type SSMClient } from "@aws-sdk/client-ssm";
import { imagesPath } from "./latest-image.ts";
import type { Stage } from "./stage.ts";
import { filters } from "./tags.ts";

/** Something in the account that a bake of the stage made, published or not. */
export interface Remainder {
  kind: string;
  /** As AWS names it. */
  id: string;
  /** The tags that begin with `ovenbird:`, without that; of a parameter none. */
  tags: Readonly<Record<string, string>>;
  /** Of an image: the snapshots behind it. */
  snapshots?: string[];
}

export interface RemainsWorld {
  ec2: EC2Client;
  ssm: SSMClient;
  stage: Pick<Stage, "name">;
}

/**
 * All that carries the tag of a stage, whatever it is for, and the parameters of its images. It asks
 * AWS by the tag alone and leaves nothing out, so that it can be held against what release and sweep
 * (aws/held.ts) think there is.
 */
export const remainsOf = async (aws: RemainsWorld): Promise<Remainder[]> => [
  ...(await machines(aws)),
  ...(await volumes(aws)),
  ...(await interfaces(aws)),
  ...(await groups(aws)),
  ...(await snapshots(aws)),
  ...(await images(aws)),
  ...(await parameters(aws)),
];

const remainder = (kind: string, id: string | undefined, tags: Tag[] | undefined): Remainder[] => {
  if (id === undefined) return [];
  const own = (tags ?? []).filter(({ Key }) => Key?.startsWith("ovenbird:"));
  const values = own.map(({ Key = "", Value = "" }) => [Key.slice("ovenbird:".length), Value]);
  return [{ kind, id, tags: Object.fromEntries(values) as Record<string, string> }];
};

/** One that is shutting down is there still, and so are its disks. */
const there = {
  Name: "instance-state-name",
  Values: ["pending", "running", "stopping", "stopped", "shutting-down"],
};

const machines = async ({ ec2, stage }: RemainsWorld): Promise<Remainder[]> => {
  const found: Remainder[] = [];
  const Filters = [...filters(stage, {}), there];
  for await (const page of paginateDescribeInstances({ client: ec2 }, { Filters })) {
    for (const { Instances = [] } of page.Reservations ?? []) {
      found.push(
        ...Instances.flatMap(({ InstanceId, Tags }) => remainder("instance", InstanceId, Tags)),
      );
    }
  }
  return found;
};

const volumes = async ({ ec2, stage }: RemainsWorld): Promise<Remainder[]> => {
  const found: Remainder[] = [];
  const order = { Filters: filters(stage, {}) };
  for await (const { Volumes = [] } of paginateDescribeVolumes({ client: ec2 }, order)) {
    found.push(...Volumes.flatMap(({ VolumeId, Tags }) => remainder("volume", VolumeId, Tags)));
  }
  return found;
};

const interfaces = async ({ ec2, stage }: RemainsWorld): Promise<Remainder[]> => {
  const found: Remainder[] = [];
  const order = { Filters: filters(stage, {}) };
  for await (const page of paginateDescribeNetworkInterfaces({ client: ec2 }, order)) {
    for (const { NetworkInterfaceId, TagSet } of page.NetworkInterfaces ?? []) {
      found.push(...remainder("network interface", NetworkInterfaceId, TagSet));
    }
  }
  return found;
};

const groups = async ({ ec2, stage }: RemainsWorld): Promise<Remainder[]> => {
  const found: Remainder[] = [];
  const order = { Filters: filters(stage, {}) };
  for await (const page of paginateDescribeSecurityGroups({ client: ec2 }, order)) {
    for (const { GroupId, Tags } of page.SecurityGroups ?? []) {
      found.push(...remainder("security group", GroupId, Tags));
    }
  }
  return found;
};

const snapshots = async ({ ec2, stage }: RemainsWorld): Promise<Remainder[]> => {
  const found: Remainder[] = [];
  const order = { OwnerIds: ["self"], Filters: filters(stage, {}) };
  for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client: ec2 }, order)) {
    found.push(
      ...Snapshots.flatMap(({ SnapshotId, Tags }) => remainder("snapshot", SnapshotId, Tags)),
    );
  }
  return found;
};

const images = async ({ ec2, stage }: RemainsWorld): Promise<Remainder[]> => {
  const found: Remainder[] = [];
  const order = { Owners: ["self"], IncludeDisabled: true, Filters: filters(stage, {}) };
  for await (const { Images = [] } of paginateDescribeImages({ client: ec2 }, order)) {
    const kept = Images.filter(({ State }) => State !== "deregistered");
    for (const { ImageId, Tags, BlockDeviceMappings = [] } of kept) {
      const behind = BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
      const image = remainder("image", ImageId, Tags);
      found.push(...image.map((one) => ({ ...one, snapshots: behind })));
    }
  }
  return found;
};

const parameters = async ({ ssm, stage }: RemainsWorld): Promise<Remainder[]> => {
  const found: Remainder[] = [];
  const order = { Path: imagesPath(stage), Recursive: true };
  for await (const page of paginateGetParametersByPath({ client: ssm }, order)) {
    for (const { Name } of page.Parameters ?? []) found.push(...remainder("parameter", Name, []));
  }
  return found;
};

/** Whether it is an image that was published; what is behind it has its bake's tags. */
export const isPublished = ({ kind, tags }: Remainder): boolean =>
  kind === "image" && tags["state"] === "published";

/** Whether it is a copy of a stock image, or part of one: the whole stage's. */
export const isShared = ({ tags }: Remainder): boolean => tags["role"] === "origin";
