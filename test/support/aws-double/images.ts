import type {
  AttachImageWatermarkRequest,
  CopyImageRequest,
  CreateSnapshotRequest,
  DeregisterImageRequest,
  DescribeImageAttributeRequest,
  DescribeImagesRequest,
  DescribeSnapshotsRequest,
  Filter,
  Image,
  RegisterImageRequest,
  Snapshot,
} from "@aws-sdk/client-ec2";
import type { Clock } from "./clock.ts";
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

export interface SnapshotThing extends Thing {
  volumeId: string;
  /** GiB. */
  size: number;
  isEncrypted?: boolean;
  /** When it is complete; an error when there is a message. */
  completesAt: number;
  failure?: string | undefined;
  /** Told to go while it was pending: gone when it is complete. */
  isGoing: boolean;
}

export interface ImageThing extends Thing {
  /** As DescribeImages tells it, but for what passes with time. */
  about: Image;
  /** What only DescribeImageAttribute tells. */
  uefiData?: string | undefined;
  availableAt: number;
  failure?: string | undefined;
}

export interface Disks {
  snapshots: Things<SnapshotThing>;
  images: Things<ImageThing>;
  operations: Record<string, (input: never) => object>;
}

export interface DisksOrder {
  clock: Clock;
  latencies: Latencies;
  account: string;
  /** GiB of a volume; throws when there is none. */
  sizeOf(volumeId: string): number;
  isEncrypted(volumeId: string): boolean;
  /** Why the next snapshot or copy fails, when it does. */
  failure(): string | undefined;
  pageSize: PageSize;
}

/** Snapshots and images. */
export const openDisks = (order: DisksOrder): Disks => {
  const { clock, latencies, account, sizeOf, isEncrypted, failure, pageSize } = order;
  const snapshots = new Things<SnapshotThing>(clock, "InvalidSnapshot.NotFound");
  const images = new Things<ImageThing>(clock, "InvalidAMIID.NotFound");
  const thing = (prefix: string, tags: Thing["tags"], token?: string): Thing => ({
    ...{ id: newId(prefix), tags, token },
    ...{ created: clock.now(), visible: clock.now() + latencies.visible },
  });
  const there = (filters: Filter[] = []) =>
    snapshots.seen(filters).filter((one) => !(one.isGoing && clock.now() >= one.completesAt));
  const snapshotState = (one: SnapshotThing): "pending" | "completed" | "error" => {
    if (clock.now() < one.completesAt) return "pending";
    return one.failure === undefined ? "completed" : "error";
  };
  const describeSnapshot = (one: SnapshotThing): Snapshot => ({
    ...{ SnapshotId: one.id, VolumeId: one.volumeId, VolumeSize: one.size, OwnerId: account },
    ...{ State: snapshotState(one), StartTime: new Date(one.created), Tags: one.tags },
    ...(one.failure !== undefined && { StateMessage: one.failure }),
  });
  const describeImage = (one: ImageThing): Image => {
    const isReady = clock.now() >= one.availableAt;
    const state = !isReady ? "pending" : one.failure === undefined ? "available" : "failed";
    return {
      ...one.about,
      // of what was registered, as its snapshots are
      BlockDeviceMappings: one.about.BlockDeviceMappings?.map((mapping) => {
        const snapshot = snapshots.get(mapping.Ebs?.SnapshotId ?? "");
        if (snapshot?.isEncrypted === undefined) return mapping;
        return { ...mapping, Ebs: { ...mapping.Ebs, Encrypted: snapshot.isEncrypted } };
      }),
      ...{ ImageId: one.id, State: state, Tags: one.tags },
      CreationDate: new Date(one.created).toISOString(),
      ...(one.failure !== undefined && isReady && { StateReason: { Message: one.failure } }),
    };
  };
  const isBacked = (snapshotId: string): boolean =>
    [...images.values()].some(({ about }) =>
      about.BlockDeviceMappings?.some(({ Ebs }) => Ebs?.SnapshotId === snapshotId),
    );
  const add = (prefix: "snap", more: Omit<SnapshotThing, keyof Thing>, tags: Thing["tags"]) => {
    const made = { ...thing(prefix, tags), ...more };
    snapshots.set(made.id, made);
    return made;
  };
  const operations = {
    CreateSnapshot(request: CreateSnapshotRequest) {
      const volumeId = request.VolumeId ?? "";
      const more = {
        ...{ volumeId, size: sizeOf(volumeId), isGoing: false, failure: failure() },
        isEncrypted: isEncrypted(volumeId),
        completesAt: clock.now() + latencies.snapshot,
      };
      return describeSnapshot(add("snap", more, tagsFor(request.TagSpecifications, "snapshot")));
    },
    DescribeSnapshots(request: DescribeSnapshotsRequest) {
      const { SnapshotIds, Filters, NextToken, MaxResults } = request;
      const known = there(Filters);
      const meant = SnapshotIds?.map((id) => {
        const found = known.find((one) => one.id === id);
        if (found === undefined) throw snapshots.missing(id);
        return found;
      });
      const found = (meant ?? known).filter((one) =>
        fits(
          one.tags,
          {
            status: snapshotState(one),
            "snapshot-id": one.id,
            "volume-id": one.volumeId,
            "owner-id": account,
          },
          Filters,
        ),
      );
      const { items, next } = page(found, NextToken, pageSize(MaxResults));
      return { Snapshots: items.map(describeSnapshot), NextToken: next };
    },
    DeleteSnapshot({ SnapshotId = "" }: { SnapshotId?: string }) {
      const one = there().find(({ id }) => id === SnapshotId);
      if (one === undefined) throw snapshots.missing(SnapshotId);
      if (isBacked(one.id)) {
        throw serviceError("InvalidSnapshot.InUse", `The snapshot ${one.id} is currently in use`);
      }
      if (snapshotState(one) === "pending") one.isGoing = true;
      else snapshots.delete(one.id);
      return {};
    },
    RegisterImage(request: RegisterImageRequest) {
      if ([...images.values()].some(({ about }) => about.Name === request.Name)) {
        throw serviceError(
          "InvalidAMIName.Duplicate",
          `AMI name ${String(request.Name)} is already in use`,
        );
      }
      for (const { Ebs } of request.BlockDeviceMappings ?? []) {
        if (Ebs?.Encrypted !== undefined) {
          throw serviceError(
            "InvalidParameterCombination",
            "Encrypted cannot be given with a snapshot",
          );
        }
        const backing = Ebs?.SnapshotId === undefined ? undefined : snapshots.named(Ebs.SnapshotId);
        if (backing !== undefined && snapshotState(backing) !== "completed") {
          throw serviceError("InvalidSnapshot.NotFound", `${backing.id} is not completed`);
        }
      }
      const made: ImageThing = {
        ...thing("ami", tagsFor(request.TagSpecifications, "image")),
        uefiData: request.UefiData,
        availableAt: clock.now() + 2 * latencies.call,
        about: {
          ...{ Name: request.Name, Description: request.Description, OwnerId: account },
          // as EC2 tells of an image that was registered
          UsageOperation: "RunInstances",
          // what RegisterImage takes when nobody says
          Architecture: request.Architecture ?? "i386",
          VirtualizationType: (request.VirtualizationType ?? "paravirtual") as "hvm",
          ...{
            BootMode: request.BootMode,
            TpmSupport: request.TpmSupport,
            ImdsSupport: request.ImdsSupport,
          },
          ...{ EnaSupport: request.EnaSupport, SriovNetSupport: request.SriovNetSupport },
          ...{ RootDeviceName: request.RootDeviceName, RootDeviceType: "ebs", Public: false },
          ...{ BlockDeviceMappings: request.BlockDeviceMappings, PlatformDetails: "Linux/UNIX" },
        },
      };
      images.set(made.id, made);
      return { ImageId: made.id };
    },
    CopyImage(request: CopyImageRequest) {
      const earlier = images.ofToken(request.ClientToken);
      if (earlier !== undefined) return { ImageId: earlier.id };
      const from = images.named(request.SourceImageId);
      const [root] = from.about.BlockDeviceMappings ?? [];
      const fails = failure();
      const copy = add(
        "snap",
        {
          ...{ volumeId: "vol-ffffffff", size: root?.Ebs?.VolumeSize ?? 8, isGoing: false },
          ...{ completesAt: clock.now() + latencies.copy, failure: fails },
        },
        request.CopyImageTags === true ? from.tags : tagsFor(request.TagSpecifications, "snapshot"),
      );
      const tags = tagsFor(request.TagSpecifications, "image");
      const made: ImageThing = {
        ...thing("ami", tags, request.ClientToken),
        ...{ availableAt: clock.now() + latencies.copy, failure: fails, uefiData: from.uefiData },
        about: {
          ...from.about,
          ...{
            Name: request.Name,
            Description: request.Description,
            OwnerId: account,
            Public: false,
          },
          BlockDeviceMappings: [
            { ...root, Ebs: { ...root?.Ebs, SnapshotId: copy.id, Encrypted: request.Encrypted } },
          ],
        },
      };
      images.set(made.id, made);
      return { ImageId: made.id };
    },
    DescribeImageAttribute({ ImageId: id, Attribute }: DescribeImageAttributeRequest) {
      const { uefiData: Value } = images.named(id);
      if (Attribute !== "uefiData") throw serviceError("InvalidRequest", String(Attribute));
      return { ImageId: id, UefiData: { Value } };
    },
    DescribeImages(request: DescribeImagesRequest) {
      const { ImageIds, Filters, Owners, NextToken, MaxResults } = request;
      const meant = ImageIds?.map((id) => images.named(id)) ?? images.seen(Filters);
      const owners = Owners?.map((owner) => (owner === "self" ? account : owner));
      const found = meant.filter((one) => {
        const about = describeImage(one);
        if (owners !== undefined && !owners.includes(about.OwnerId ?? "")) return false;
        const fields = {
          ...{
            name: about.Name,
            state: about.State,
            "image-id": one.id,
            "owner-id": about.OwnerId,
          },
          ...{ architecture: about.Architecture, "virtualization-type": about.VirtualizationType },
          "root-device-type": about.RootDeviceType,
          "block-device-mapping.snapshot-id": about.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId,
        };
        return fits(one.tags, fields, Filters);
      });
      const { items, next } = page(found, NextToken, pageSize(MaxResults));
      return { Images: items.map(describeImage), NextToken: next };
    },
    DeregisterImage({ ImageId, DeleteAssociatedSnapshots }: DeregisterImageRequest) {
      const one = images.named(ImageId);
      images.delete(one.id);
      if (DeleteAssociatedSnapshots === true) {
        for (const { Ebs } of one.about.BlockDeviceMappings ?? []) {
          if (Ebs?.SnapshotId !== undefined && !isBacked(Ebs.SnapshotId)) {
            snapshots.delete(Ebs.SnapshotId);
          }
        }
      }
      return { Return: true };
    },
    AttachImageWatermark({ ImageId, WatermarkName }: AttachImageWatermarkRequest) {
      const one = images.named(ImageId);
      if (one.about.Public === true) {
        throw serviceError("OperationNotPermitted", "a public image takes no watermark");
      }
      const WatermarkKey = `${account}:${String(WatermarkName)}`;
      one.about.ImageWatermarks = [...(one.about.ImageWatermarks ?? []), { WatermarkKey }];
      return { WatermarkKey };
    },
    EnableImageDeprecation: () => ({ Return: true }),
    EnableImageDeregistrationProtection: () => ({ Return: "true" }),
    ModifyImageAttribute: () => ({}),
  };
  return { snapshots, images, operations };
};
