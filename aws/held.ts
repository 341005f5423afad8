import {
  type EC2Client,
  paginateDescribeImages,
  paginateDescribeInstances,
  paginateDescribeSecurityGroups,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  type Tag,
} from "@aws-sdk/client-ec2";
import type { Held, HeldThing } from "../core/held.ts";
import { BakeId } from "../core/ids.ts";
import type { Stage } from "./stage.ts";
import { filters, tagKeys } from "./tags.ts";

export interface HeldWorld {
  ec2: EC2Client;
  stage: Pick<Stage, "name">;
}

/** What EC2 has that carries a stage's tags and is no published image, nor part of one. */
export const ec2Held = (aws: HeldWorld): Held => ({
  async all() {
    const [machines, disks, snapshots, images, groups] = await Promise.all([
      machinesOf(aws),
      disksOf(aws),
      snapshotsOf(aws),
      imagesOf(aws),
      groupsOf(aws),
    ]);
    // a published image's snapshot has its bake's tags; the bake's other things are of no use
    const backed = new Set(images.filter(({ isPublished }) => isPublished).flatMap(idsOfDisks));
    return [
      ...[...machines, ...disks, ...groups],
      ...snapshots.filter(({ id }) => !backed.has(id)),
      ...images.filter(({ isPublished }) => !isPublished).map(({ thing }) => thing),
    ];
  },
});

/** Copies of stock images are the whole stage's. */
const isShared = (tags: ReadonlyMap<string, string>): boolean =>
  tags.get(tagKeys.role) === "origin";

const thingOf = (
  kind: HeldThing["kind"],
  id: string | undefined,
  Tags: Tag[] | undefined,
): HeldThing[] => {
  const tags = new Map((Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  const bake = BakeId.safeParse(tags.get(tagKeys.bake));
  if (id === undefined || !bake.success || isShared(tags)) return [];
  const until = new Date(tags.get(tagKeys.keepUntil) ?? "");
  const keptUntil = Number.isNaN(until.getTime()) ? undefined : until;
  return [{ kind, id, bake: bake.data, ...(keptUntil && { keptUntil }) }];
};

/** EC2 shows a terminated instance for an hour more. */
const alive = {
  Name: "instance-state-name",
  Values: ["pending", "running", "stopping", "stopped"],
};

const machinesOf = async ({ ec2, stage }: HeldWorld): Promise<HeldThing[]> => {
  const Filters = [...filters(stage, {}), alive];
  const found: HeldThing[] = [];
  for await (const page of paginateDescribeInstances({ client: ec2 }, { Filters })) {
    for (const { InstanceId, Tags = [] } of (page.Reservations ?? []).flatMap(
      ({ Instances = [] }) => Instances,
    )) {
      const role = Tags.find(({ Key }) => Key === tagKeys.role)?.Value;
      found.push(
        ...thingOf(role === "test-machine" ? "test machine" : "builder", InstanceId, Tags),
      );
    }
  }
  return found;
};

const disksOf = async ({ ec2, stage }: HeldWorld): Promise<HeldThing[]> => {
  const pages = paginateDescribeVolumes({ client: ec2 }, { Filters: filters(stage, {}) });
  const found: HeldThing[] = [];
  for await (const { Volumes = [] } of pages) {
    found.push(...Volumes.flatMap(({ VolumeId, Tags }) => thingOf("disk", VolumeId, Tags)));
  }
  return found;
};

const snapshotsOf = async ({ ec2, stage }: HeldWorld): Promise<HeldThing[]> => {
  const order = { OwnerIds: ["self"], Filters: filters(stage, {}) };
  const found: HeldThing[] = [];
  for await (const { Snapshots = [] } of paginateDescribeSnapshots({ client: ec2 }, order)) {
    found.push(
      ...Snapshots.flatMap(({ SnapshotId, Tags }) => thingOf("snapshot", SnapshotId, Tags)),
    );
  }
  return found;
};

interface FoundImage {
  thing: HeldThing;
  isPublished: boolean;
  snapshots: string[];
}

const idsOfDisks = ({ snapshots }: FoundImage): string[] => snapshots;

const imagesOf = async ({ ec2, stage }: HeldWorld): Promise<FoundImage[]> => {
  const order = { Owners: ["self"], IncludeDisabled: true, Filters: filters(stage, {}) };
  const found: FoundImage[] = [];
  for await (const { Images = [] } of paginateDescribeImages({ client: ec2 }, order)) {
    for (const { ImageId, Tags = [], BlockDeviceMappings = [] } of Images) {
      const isPublished = Tags.some(
        ({ Key, Value }) => Key === tagKeys.state && Value === "published",
      );
      const snapshots = BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
      const things = thingOf("image", ImageId, Tags);
      found.push(...things.map((thing) => ({ thing, isPublished, snapshots })));
    }
  }
  return found;
};

const groupsOf = async ({ ec2, stage }: HeldWorld): Promise<HeldThing[]> => {
  const pages = paginateDescribeSecurityGroups({ client: ec2 }, { Filters: filters(stage, {}) });
  const found: HeldThing[] = [];
  for await (const { SecurityGroups = [] } of pages) {
    found.push(
      ...SecurityGroups.flatMap(({ GroupId, Tags }) => thingOf("security group", GroupId, Tags)),
    );
  }
  return found;
};
