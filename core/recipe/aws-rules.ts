import type { Architecture } from "../job.ts";
import type { WrittenMachine } from "./machine.ts";
import { architectureOf, isSize } from "./instance-type.ts";
import { MOST_TAGS, tooManyTags } from "./tags.ts";
import { volumeComplaints } from "./volume.ts";

/*
 * What EC2 refuses of keys that are each right by themselves. What depends on the origin or on the
 * finished disk is refused by the bake: a TPM for a disk that boots by BIOS, a type that has
 * another processor than the origin.
 */

interface Image extends WrittenMachine {
  architecture?: Architecture | undefined;
  root_volume_size?: number | undefined;
  tags: Readonly<Record<string, string>>;
}

interface Complaint {
  path: (string | number)[];
  message: string;
  hint: string;
  on?: "key" | "value";
}

export const awsComplaints = (image: Image): Complaint[] => [
  ...typeComplaints(image),
  ...networkComplaints(image),
  ...diskComplaints(image),
  ...sharingComplaints(image),
  ...tagComplaints(image),
];

const typeComplaints = ({ instance_size: size, architecture, aws }: Image): Complaint[] => {
  const types = aws?.instance_types;
  if (size !== undefined && types !== undefined) {
    const message = "instance_size and aws.instance_types are both given";
    const hint = "keep one of them";
    return [{ path: ["aws", "instance_types"], message, hint, on: "key" }];
  }
  const sized =
    size !== undefined && !isSize(size) ? [{ type: size, path: ["instance_size"] }] : [];
  const listed = (types ?? []).map((type, at) => ({ type, path: ["aws", "instance_types", at] }));
  const all = [...sized, ...listed];
  const wanted = architecture ?? (all[0] && architectureOf(all[0].type));
  const by = architecture === undefined ? all[0]?.type : "architecture";
  return all
    .filter(({ type }) => architectureOf(type) !== wanted)
    .map(({ type, path }) => ({
      ...{ path, message: `${type} is ${architectureOf(type)}, and ${by} is ${wanted}` },
      hint: "name types of one architecture, the image's own",
    }));
};

const networkComplaints = ({ security_group: group, aws }: Image): Complaint[] => {
  if (group === undefined || aws?.ports === undefined) return [];
  const message = "ports are for a security group of the bake's own, and security_group names one";
  const hint = "leave one of them out; a group that is named has the rules it has";
  return [{ path: ["aws", "ports"], message, hint, on: "key" }];
};

/** The root's names on stock images, which a further disk cannot have. */
const usualRoots = ["/dev/sda1", "/dev/xvda"];

const diskComplaints = ({ root_volume_size: size, aws }: Image): Complaint[] => {
  if (aws === undefined) return [];
  const { volume, root_device_name: root, block_devices: devices } = aws;
  const volumes = volume ? volumeComplaints({ ...volume, size }) : [];
  const roots = root === undefined ? usualRoots : [root];
  const clashes = devices.flatMap(({ device_name: name }, at) =>
    roots.includes(name) ? [{ name, at }] : [],
  );
  return [
    ...volumes.map(({ key, ...told }) =>
      key === "size"
        ? { ...told, path: ["root_volume_size"] }
        : { ...told, path: ["aws", "volume", key] },
    ),
    ...clashes.map(({ name, at }) => ({
      path: ["aws", "block_devices", at, "device_name"],
      message: `${name} is the root`,
      hint: "name another, as in /dev/sdf; root_volume_size is the root's size",
    })),
  ];
};

const sharingComplaints = ({ aws }: Image): Complaint[] => {
  if (aws?.launch_permissions === undefined || aws.kms_key === undefined) return [];
  if (!/(?:^|:)alias\/aws\/ebs$/.test(aws.kms_key)) return [];
  const message = "an image whose key is AWS's own, alias/aws/ebs, cannot be launched by others";
  const hint = "name a key of the account's, or leave kms_key out";
  return [{ path: ["aws", "kms_key"], message, hint }];
};

const tagComplaints = ({ tags, aws }: Image): Complaint[] => {
  const count = Object.keys({ ...tags, ...aws?.snapshot_tags }).length;
  if (aws === undefined || Object.keys(tags).length > MOST_TAGS || count <= MOST_TAGS) return [];
  if (Object.keys(aws.snapshot_tags).length > MOST_TAGS) return [];
  const { message, hint } = tooManyTags(count);
  return [{ path: ["aws", "snapshot_tags"], message: `with the image's, ${message}`, hint }];
};
