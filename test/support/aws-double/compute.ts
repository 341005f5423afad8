import type {
  AttachVolumeRequest,
  CreateVolumeRequest,
  DescribeInstancesRequest,
  DescribeNetworkInterfacesRequest,
  DescribeVolumesRequest,
  Instance,
  InstanceStateName,
  ModifyInstanceAttributeRequest,
  RunInstancesRequest,
  TerminateInstancesRequest,
  Volume,
} from "@aws-sdk/client-ec2";
import { serviceError } from "./faults.ts";
import {
  fits,
  newId,
  page,
  tagsFor,
  type Latencies,
  type PageSize,
  type Thing,
  Things,
} from "./world.ts";
import type { Clock } from "./clock.ts";

/** What becomes of an instance, by what it was asked for. */
export interface Fate {
  /** It ends by itself: milliseconds after its launch, with this reason. */
  ends?: { after: number; code: string; message: string };
  /** Its agent never answers. */
  isMute?: boolean;
}

export interface MachineThing extends Thing {
  request: RunInstancesRequest;
  fate: Fate;
  /** When it was told to end, or ends by itself. */
  endsAt: number;
  reason: { Code: string; Message: string };
}

export interface DiskThing extends Thing {
  request: CreateVolumeRequest;
  attached?: { to: string; device: string; at: number; deleteOnTermination: boolean };
}

export interface Machines {
  instances: Things<MachineThing>;
  volumes: Things<DiskThing>;
  /** Whether a machine that is not gone yet has the security group. */
  isInGroup(groupId: string): boolean;
  /** Whether a volume went with its machine. */
  isGone(volumeId: string): boolean;
  /** Whether Systems Manager knows it: by id. */
  isOnline(id: string): boolean;
  operations: Record<string, (input: never) => object>;
}

export interface MachinesOrder {
  clock: Clock;
  latencies: Latencies;
  fate(request: RunInstancesRequest): Fate;
  pageSize: PageSize;
}

const never = Number.POSITIVE_INFINITY;

/** Instances and their volumes. */
export const openMachines = ({ clock, latencies, fate, pageSize }: MachinesOrder): Machines => {
  const instances = new Things<MachineThing>(clock, "InvalidInstanceID.NotFound");
  const volumes = new Things<DiskThing>(clock, "InvalidVolume.NotFound");
  const stateOf = ({ created, endsAt }: MachineThing): InstanceStateName => {
    const now = clock.now();
    if (now >= endsAt + latencies.termination) return "terminated";
    if (now >= endsAt) return "shutting-down";
    return now >= created + latencies.running ? "running" : "pending";
  };
  const disks = new Map<string, DiskThing[]>();
  const disksOf = (id: string): DiskThing[] =>
    (disks.get(id) ?? []).filter((disk) => disk.attached?.to === id && volumes.has(disk.id));
  const attach = (disk: DiskThing, attached: NonNullable<DiskThing["attached"]>): void => {
    disk.attached = attached;
    disks.set(attached.to, [...(disks.get(attached.to) ?? []), disk]);
  };
  const volumeState = (disk: DiskThing): string => {
    const machine = disk.attached && instances.get(disk.attached.to);
    if (machine !== undefined && stateOf(machine) === "terminated") {
      if (disk.attached?.deleteOnTermination === true) return "deleted";
      return "available";
    }
    if (disk.attached !== undefined) return "in-use";
    return clock.now() >= disk.created + latencies.volume ? "available" : "creating";
  };
  const thing = (prefix: string, tags: Thing["tags"], token: string | undefined): Thing => ({
    ...{ id: newId(prefix), tags, token },
    ...{ created: clock.now(), visible: clock.now() + latencies.visible },
  });
  const describeInstance = (one: MachineThing): Instance => ({
    InstanceId: one.id,
    InstanceType: one.request.InstanceType,
    ImageId: one.request.ImageId,
    SubnetId: one.request.SubnetId ?? one.request.NetworkInterfaces?.[0]?.SubnetId,
    Placement: { AvailabilityZone: zoneOf(one.request) },
    State: { Name: stateOf(one) },
    ...(clock.now() >= one.endsAt && { StateReason: one.reason }),
    ...(one.request.InstanceMarketOptions && { InstanceLifecycle: "spot" as const }),
    LaunchTime: new Date(one.created),
    ClientToken: one.token,
    Tags: one.tags,
    BlockDeviceMappings: disksOf(one.id).map(({ id, attached }) => ({
      DeviceName: attached?.device,
      Ebs: {
        VolumeId: id,
        DeleteOnTermination: attached?.deleteOnTermination,
        Status: "attached",
      },
    })),
  });
  const describeVolume = (disk: DiskThing): Volume => ({
    VolumeId: disk.id,
    Size: disk.request.Size,
    State: volumeState(disk) as Volume["State"],
    AvailabilityZone: disk.request.AvailabilityZone,
    SnapshotId: disk.request.SnapshotId,
    CreateTime: new Date(disk.created),
    Encrypted: disk.request.Encrypted,
    KmsKeyId: disk.request.KmsKeyId,
    Tags: disk.tags,
    Attachments:
      disk.attached === undefined || volumeState(disk) !== "in-use"
        ? []
        : [
            {
              InstanceId: disk.attached.to,
              Device: disk.attached.device,
              VolumeId: disk.id,
              DeleteOnTermination: disk.attached.deleteOnTermination,
              State:
                clock.now() >= disk.attached.at + latencies.attachment ? "attached" : "attaching",
            },
          ],
  });
  const operations = {
    RunInstances(request: RunInstancesRequest) {
      const earlier = instances.ofToken(request.ClientToken);
      if (earlier !== undefined) {
        assertSame(earlier.request, request);
        return { Instances: [describeInstance(earlier)] };
      }
      const tags = tagsFor(request.TagSpecifications, "instance");
      const fateOf = fate(request);
      const machine: MachineThing = {
        ...thing("i", tags, request.ClientToken),
        ...{ request, fate: fateOf },
        endsAt: fateOf.ends === undefined ? never : clock.now() + fateOf.ends.after,
        reason: {
          Code: fateOf.ends?.code ?? "Client.UserInitiatedShutdown",
          Message: fateOf.ends?.message ?? "Client.UserInitiatedShutdown: User initiated shutdown",
        },
      };
      instances.set(machine.id, machine);
      const root = thing("vol", tagsFor(request.TagSpecifications, "volume"), undefined);
      const attached = { to: machine.id, device: "/dev/xvda", at: clock.now() };
      const disk = { ...root, request: { AvailabilityZone: zoneOf(request), Size: 8 } };
      volumes.set(root.id, disk);
      attach(disk, { ...attached, deleteOnTermination: true });
      return { Instances: [describeInstance(machine)] };
    },
    DescribeInstances(request: DescribeInstancesRequest) {
      const { InstanceIds, Filters, NextToken, MaxResults } = request;
      const meant = InstanceIds?.map((id) => instances.named(id)) ?? instances.seen(Filters);
      const found = meant.filter((one) =>
        fits(
          one.tags,
          { "instance-state-name": stateOf(one), "instance-id": one.id, "client-token": one.token },
          Filters,
        ),
      );
      const { items, next } = page(found, NextToken, pageSize(MaxResults));
      return {
        Reservations: items.map((one) => ({ Instances: [describeInstance(one)] })),
        NextToken: next,
      };
    },
    DescribeNetworkInterfaces({ Filters, NextToken }: DescribeNetworkInterfacesRequest) {
      const there = instances.seen().filter((one) => stateOf(one) !== "terminated");
      const all = there.map(({ id, request }) => ({
        NetworkInterfaceId: id.replace("i-", "eni-"),
        TagSet: tagsFor(request.TagSpecifications, "network-interface"),
      }));
      const found = all.filter(({ TagSet }) => fits(TagSet, {}, Filters));
      const { items, next } = page(found, NextToken);
      return { NetworkInterfaces: items, NextToken: next };
    },
    GetConsoleOutput: ({ InstanceId }: { InstanceId?: string }) => ({ InstanceId, Output: "" }),
    TerminateInstances({ InstanceIds = [] }: TerminateInstancesRequest) {
      const ended = InstanceIds.map((id) => instances.named(id));
      for (const one of ended) one.endsAt = Math.min(one.endsAt, clock.now());
      return {
        TerminatingInstances: ended.map((one) => ({
          InstanceId: one.id,
          CurrentState: { Name: stateOf(one) },
        })),
      };
    },
    ModifyInstanceAttribute({
      InstanceId,
      BlockDeviceMappings = [],
    }: ModifyInstanceAttributeRequest) {
      instances.named(InstanceId);
      for (const { DeviceName, Ebs } of BlockDeviceMappings) {
        const disk = disksOf(InstanceId ?? "").find(
          ({ attached }) => attached?.device === DeviceName,
        );
        if (disk?.attached === undefined) {
          throw serviceError("InvalidInstanceAttributeValue", `No device ${String(DeviceName)}`);
        }
        disk.attached.deleteOnTermination = Ebs?.DeleteOnTermination === true;
      }
      return {};
    },
    CreateVolume(request: CreateVolumeRequest) {
      const earlier = volumes.ofToken(request.ClientToken);
      if (earlier !== undefined) return describeVolume(earlier);
      const tags = tagsFor(request.TagSpecifications, "volume");
      const disk = { ...thing("vol", tags, request.ClientToken), request };
      volumes.set(disk.id, disk);
      return describeVolume(disk);
    },
    DescribeVolumes({ VolumeIds, Filters, NextToken, MaxResults }: DescribeVolumesRequest) {
      const meant = VolumeIds?.map((id) => volumes.named(id)) ?? volumes.seen(Filters);
      const there = meant.filter((disk) => volumeState(disk) !== "deleted");
      if (VolumeIds !== undefined && there.length < meant.length) {
        throw volumes.missing(VolumeIds[0]);
      }
      const found = there.filter((disk) =>
        fits(
          disk.tags,
          {
            status: volumeState(disk),
            "volume-id": disk.id,
            "attachment.instance-id": disk.attached?.to,
          },
          Filters,
        ),
      );
      const { items, next } = page(found, NextToken, pageSize(MaxResults));
      return { Volumes: items.map(describeVolume), NextToken: next };
    },
    AttachVolume({ VolumeId, InstanceId, Device }: AttachVolumeRequest) {
      const disk = volumes.named(VolumeId);
      const machine = instances.named(InstanceId);
      if (stateOf(machine) !== "running") {
        throw serviceError("IncorrectState", `Instance '${machine.id}' is not 'running'.`);
      }
      if (volumeState(disk) !== "available") {
        const name = disk.attached === undefined ? "IncorrectState" : "VolumeInUse";
        throw serviceError(name, `${disk.id} is not 'available'.`);
      }
      const attached = { to: machine.id, device: Device ?? "", at: clock.now() };
      attach(disk, { ...attached, deleteOnTermination: false });
      return { VolumeId, InstanceId, Device, State: "attaching" };
    },
    DeleteVolume({ VolumeId }: { VolumeId?: string }) {
      const disk = volumes.named(VolumeId);
      if (volumeState(disk) === "in-use") {
        throw serviceError("VolumeInUse", `Volume ${disk.id} is currently attached`);
      }
      volumes.delete(disk.id);
      return {};
    },
  };
  return {
    instances,
    volumes,
    isInGroup: (groupId) =>
      [...instances.values()].some(
        (one) =>
          stateOf(one) !== "terminated" &&
          [
            ...(one.request.SecurityGroupIds ?? []),
            ...(one.request.NetworkInterfaces ?? []).flatMap(({ Groups = [] }) => Groups),
          ].includes(groupId),
      ),
    isGone(volumeId) {
      const found = volumes.get(volumeId);
      return found === undefined || volumeState(found) === "deleted";
    },
    isOnline(id) {
      const one = instances.get(id);
      if (one === undefined || one.fate.isMute === true || stateOf(one) !== "running") return false;
      return clock.now() >= one.created + latencies.running + latencies.online;
    },
    operations,
  };
};

const zoneOf = (request: RunInstancesRequest): string =>
  request.Placement?.AvailabilityZone ?? `zone-of-${request.SubnetId ?? "none"}`;

/** As EC2 compares: the parameters, and not their order. */
const assertSame = (one: object, other: object): void => {
  if (JSON.stringify(one) === JSON.stringify(other)) return;
  throw serviceError(
    "IdempotentParameterMismatch",
    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
  );
};
