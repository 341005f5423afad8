import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";

/**
 * Ids of all that an account has in EC2 that costs or may be found, whoever's it is; without the
 * snapshots that moto makes of its own accord with each image.
 */
export const thingsIn = async (ec2: EC2Client): Promise<string[]> => {
  const own = { Owners: ["self"] };
  const [instances, volumes, snapshots, images, groups] = await Promise.all([
    ec2.send(new DescribeInstancesCommand({})),
    ec2.send(new DescribeVolumesCommand({})),
    ec2.send(new DescribeSnapshotsCommand({ OwnerIds: own.Owners })),
    ec2.send(new DescribeImagesCommand(own)),
    ec2.send(new DescribeSecurityGroupsCommand({})),
  ]);
  const living = (instances.Reservations ?? [])
    .flatMap(({ Instances = [] }) => Instances)
    .filter(({ State }) => State?.Name !== "terminated");
  const made = (snapshots.Snapshots ?? []).filter(
    ({ Description = "" }) => !Description.startsWith("Auto-created snapshot for AMI"),
  );
  return [
    ...living.map(({ InstanceId }) => InstanceId),
    ...(volumes.Volumes ?? []).map(({ VolumeId }) => VolumeId),
    ...made.map(({ SnapshotId }) => SnapshotId),
    ...(images.Images ?? []).map(({ ImageId }) => ImageId),
    ...(groups.SecurityGroups ?? []).map(({ GroupId }) => GroupId),
  ].map((id = "") => id);
};
