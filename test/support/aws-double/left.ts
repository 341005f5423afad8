import type { Tag } from "@aws-sdk/client-ec2";
import type { Double } from "./open.ts";

const tagOf = (tags: Tag[], key: string) => tags.find(({ Key }) => Key === key)?.Value;

const isOrigin = ({ tags }: { tags: Tag[] }) => tagOf(tags, "ovenbird:role") === "origin";

/** What is alive and not published, in words; a kept builder is, too. */
export const leftOn = (aws: Double): string[] => {
  const published = [...aws.images.values()].filter(
    ({ tags }) => tagOf(tags, "ovenbird:state") === "published",
  );
  const backing = new Set(
    published.flatMap(({ about }) => about.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.SnapshotId)),
  );
  const candidates = [...aws.images.values()].filter(
    (image) => tagOf(image.tags, "ovenbird:bake") !== undefined && !published.includes(image),
  );
  return [
    ...[...aws.instances.values()].filter(({ endsAt }) => endsAt === Infinity),
    ...[...aws.volumes.values()].filter((one) => !aws.isGone(one.id)),
    ...[...aws.snapshots.values()].filter(
      (one) => one.tags.length > 0 && !backing.has(one.id) && !one.isGoing && !isOrigin(one),
    ),
    ...aws.groups.values(),
    ...candidates,
  ].map(({ id, tags }) => `${id} of ${tagOf(tags, "ovenbird:bake") ?? "nobody"}`);
};
