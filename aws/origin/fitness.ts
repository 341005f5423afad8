import { OriginRefused } from "../../core/errors.ts";
import { Architecture } from "../../core/job.ts";
import { type Ami, named, rootDisk } from "../ami.ts";

/** Why an image cannot be what a bake starts from; undefined when it can. */
type Check = (ami: Ami) => string | undefined;

const ANOTHER = "choose another image";

const available: Check = ({ State, StateReason }) =>
  State === "available"
    ? undefined
    : `it is ${State ?? "in no state"}${StateReason?.Message ? `: ${StateReason.Message}` : ""}; ${ANOTHER}, or wait until it is available`;

const windows: Check = ({ Platform = "", PlatformDetails = "" }) =>
  /^windows/i.test(Platform) || /^windows/i.test(PlatformDetails)
    ? `it is Windows, and bakes are of Linux; ${ANOTHER}`
    : undefined;

const lost =
  "an image that is registered from a snapshot loses it, and with it the right to what it pays for";

/**
 * `Linux/UNIX` and `RunInstances` are all that an image without a billing code has, by "AMI billing
 * information fields" in EC2's user guide.
 */
const billed: Check = ({ PlatformDetails, UsageOperation, ProductCodes = [] }) => {
  const [code] = ProductCodes;
  if (code !== undefined) {
    return `it has the product code ${code.ProductCodeId ?? ""} of the ${code.ProductCodeType ?? "marketplace"}, and ${lost}; ${ANOTHER}`;
  }
  const isPlain =
    (PlatformDetails ?? "Linux/UNIX") === "Linux/UNIX" &&
    (UsageOperation ?? "RunInstances") === "RunInstances";
  if (isPlain) return undefined;
  return `it has the billing code of ${PlatformDetails ?? "its platform"} (${UsageOperation ?? "RunInstances"}), and ${lost}; ${ANOTHER}, without a subscription`;
};

const machine: Check = ({ ImageType = "machine" }) =>
  ImageType === "machine" ? undefined : `it is a ${ImageType}, and no machine's; ${ANOTHER}`;

const rooted: Check = ({ RootDeviceType }) =>
  RootDeviceType === "ebs"
    ? undefined
    : `its root is an ${RootDeviceType ?? "unknown device"}, of which there is no snapshot; choose one whose root device type is ebs`;

const virtualized: Check = ({ VirtualizationType = "hvm" }) =>
  VirtualizationType === "hvm"
    ? undefined
    : `its virtualization is ${VirtualizationType}, which no builder has; choose one of hvm`;

const processor: Check = ({ Architecture: architecture }) =>
  Architecture.safeParse(architecture).success
    ? undefined
    : `it is for ${architecture ?? "no known processor"}; choose one for ${Architecture.options.join(" or ")}`;

const snapshotted: Check = (ami) =>
  rootDisk(ami)?.SnapshotId === undefined
    ? `no snapshot backs its root, ${ami.RootDeviceName ?? "which has no name"}; ${ANOTHER}`
    : undefined;

const single: Check = ({ RootDeviceName, BlockDeviceMappings = [] }) => {
  const more = BlockDeviceMappings.filter(
    ({ DeviceName, Ebs }) => DeviceName !== RootDeviceName && Ebs?.SnapshotId !== undefined,
  );
  if (more.length === 0) return undefined;
  const disks = more.map(({ DeviceName, Ebs }) => `${DeviceName} from ${Ebs?.SnapshotId}`);
  return `it has more disks than its root (${disks.join(", ")}), and a bake has one; choose an image with one disk`;
};

const checks = [
  ...[machine, available, windows, billed, rooted, virtualized, processor, snapshotted, single],
];

/** Throws OriginRefused, with the first reason there is. */
export const refuseUnfit = (ami: Ami): void => {
  for (const check of checks) {
    const why = check(ami);
    if (why !== undefined)
      throw new OriginRefused(`the origin ${named(ami)} cannot be baked: ${why}`);
  }
};
