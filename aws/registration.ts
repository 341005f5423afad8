import type { BlockDeviceMapping, RegisterImageCommandInput } from "@aws-sdk/client-ec2";
import { UnfitAttributes } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { BlockDevice, ImageAttributes } from "../core/image-attributes.ts";
import { dropMark } from "../core/newest-image.ts";
import type { ImageSpec } from "../core/ports.ts";
import { ascii } from "./ascii.ts";
import type { OriginFacts } from "./origin-facts.ts";
import type { Stage } from "./stage.ts";
import { tagged, tagKeys, tagsOf } from "./tags.ts";

/**
 * The name of a bake's AMI: at most 78 of EC2's 128 characters. It is unique in an account's
 * region, which makes it what a client token is elsewhere: whoever registers a bake's image a
 * second time is refused. The stage is in it, so that two stages never wait for each other's.
 */
export const imageName = ({ name }: Pick<Stage, "name">, bake: BakeId): string =>
  `ovenbird/${name}/${bake}`;

export interface Registration {
  stage: Pick<Stage, "name">;
  spec: ImageSpec;
  attributes: ImageAttributes;
  /** The image that the bake started from; what the recipe leaves open is as there. */
  origin?: (OriginFacts & { UefiData?: string | undefined }) | undefined;
}

/** All that EC2 is told of an image. Throws UnfitAttributes. */
export const registration = (order: Registration): RegisterImageCommandInput => {
  const { stage, spec, attributes, origin } = order;
  const { architecture, bootMode } = spec.disk;
  refuseUnfit(order);
  const more = {
    ...{ ...spec.tags, [tagKeys.recipe]: spec.name, [tagKeys.state]: "candidate" },
    ...(spec.drop && { [tagKeys.drop]: dropMark(spec.drop) }),
  };
  return {
    Name: imageName(stage, spec.bake),
    Description: ascii(spec.description, 255),
    // EC2's own defaults are i386 and paravirtual; without a boot mode it takes the instance type's
    ...{ Architecture: architecture, VirtualizationType: "hvm", BootMode: bootMode },
    RootDeviceName: rootDevice(order),
    BlockDeviceMappings: devices(order),
    // Without it no instance type of the Nitro system launches the image, and it cannot be found
    // out from a disk. Linux has had the driver since 4.9; who bakes an older one says so.
    EnaSupport: attributes.enaSupport ?? true,
    SriovNetSupport: attributes.sriovNetSupport ?? origin?.SriovNetSupport,
    ImdsSupport: attributes.imdsSupport ?? origin?.ImdsSupport,
    TpmSupport: attributes.tpmSupport ?? (bootMode === "uefi" ? origin?.TpmSupport : undefined),
    UefiData: uefiData(order),
    TagSpecifications: tagged(tagsOf({ stage, bake: spec.bake, role: "image" }, more), "image"),
  };
};

/**
 * Without the variables that its origin has, Secure Boot's keys among them, an image of it would
 * boot whatever is on its disk.
 */
const uefiData = ({ attributes, origin, spec }: Registration): string | undefined => {
  if (attributes.uefiData !== undefined) return attributes.uefiData || undefined;
  return spec.disk.bootMode === "legacy-bios" ? undefined : origin?.UefiData;
};

/** `/dev/xvda` is what Amazon Linux and Debian call it. An instance's kernel does not know it. */
const rootDevice = ({ attributes, origin }: Registration): string =>
  attributes.rootDeviceName ?? origin?.RootDeviceName ?? "/dev/xvda";

/**
 * The root, then the origin's other devices that the recipe does not name, then the recipe's. The
 * root is as large as its snapshot, and encrypted as it is, unless the recipe wants it larger.
 */
const devices = (order: Registration): BlockDeviceMapping[] => {
  const { attributes, origin, spec } = order;
  const DeviceName = rootDevice(order);
  const asked = attributes.blockDevices.find(({ deviceName }) => deviceName === DeviceName);
  const others = attributes.blockDevices.filter((device) => device !== asked);
  const named = new Set([DeviceName, ...others.map(({ deviceName }) => deviceName)]);
  const root = { DeleteOnTermination: true, VolumeType: "gp3" as const, ...known(asked ?? {}) };
  return [
    { DeviceName, Ebs: { ...root, SnapshotId: spec.snapshotId } },
    ...inherited(origin, named),
    ...others.filter(({ noDevice }) => noDevice !== true).map(mapping),
  ];
};

const inherited = (
  origin: OriginFacts | undefined,
  named: ReadonlySet<string>,
): BlockDeviceMapping[] =>
  (origin?.BlockDeviceMappings ?? [])
    .filter(({ DeviceName }) => DeviceName !== origin?.RootDeviceName)
    .filter(({ DeviceName = "" }) => !named.has(DeviceName))
    .map(({ DeviceName, VirtualName, Ebs }) => {
      if (Ebs === undefined) return { DeviceName, VirtualName };
      const { SnapshotId, VolumeSize, VolumeType, Iops, Throughput, DeleteOnTermination } = Ebs;
      const rest = { VolumeSize, VolumeType, Iops, Throughput, DeleteOnTermination };
      return { DeviceName, Ebs: { SnapshotId, ...rest } };
    });

const mapping = (device: BlockDevice): BlockDeviceMapping => {
  const { deviceName: DeviceName, virtualName: VirtualName, snapshotId: SnapshotId } = device;
  if (VirtualName !== undefined) return { DeviceName, VirtualName };
  return { DeviceName, Ebs: { VolumeType: "gp3", ...known(device), SnapshotId } };
};

/** Of a volume, what the recipe says. RegisterImage takes no word on encryption with a snapshot. */
const known = (device: Partial<BlockDevice>) =>
  Object.fromEntries(
    Object.entries({
      VolumeSize: device.size,
      VolumeType: device.type,
      Iops: device.iops,
      Throughput: device.throughput,
      DeleteOnTermination: device.deleteOnTermination,
    }).filter(([, value]) => value !== undefined),
  );

const refuseUnfit = (order: Registration): void => {
  const { spec, attributes } = order;
  const { bootMode } = spec.disk;
  if (attributes.tpmSupport !== undefined && bootMode !== "uefi") {
    throw new UnfitAttributes(
      `${spec.name} asks for a TPM, which EC2 gives to images that boot by UEFI only; ` +
        `this one's boot mode is ${bootMode}`,
    );
  }
  if (attributes.uefiData && bootMode === "legacy-bios") {
    throw new UnfitAttributes(`${spec.name} has UEFI variables, and its disk boots by BIOS only`);
  }
  refuseRoot(order);
};

const refuseRoot = (order: Registration): void => {
  const { spec, attributes } = order;
  const name = rootDevice(order);
  const root = attributes.blockDevices.find(({ deviceName }) => deviceName === name);
  if (root === undefined) return;
  if (root.noDevice || root.virtualName !== undefined || root.snapshotId !== undefined) {
    throw new UnfitAttributes(
      `${name} is the root of ${spec.name}, so it begins as what was baked; ` +
        "its type, size, speed and deletion can be given, nothing else",
    );
  }
  if ((root.size ?? spec.rootVolumeSize) < spec.rootVolumeSize) {
    throw new UnfitAttributes(
      `${name} is the root of ${spec.name} and has ${spec.rootVolumeSize} GiB; ` +
        `${root.size} GiB would not hold it`,
    );
  }
};
