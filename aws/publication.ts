import {
  CreateTagsCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  type EC2Client,
  type LaunchPermission,
  ModifyImageAttributeCommand,
} from "@aws-sdk/client-ec2";
import type { ImageId } from "../core/ids.ts";
import { deprecationOf } from "../core/image.ts";
import type { ImageAttributes } from "../core/image-attributes.ts";
import type { Ami } from "./ami.ts";
import { tagKeys } from "./tags.ts";

/*
 * What is said of an image to EC2 when it is published. Each may be said again.
 */

export interface Publication {
  imageId: ImageId;
  ami: Ami;
  attributes: ImageAttributes;
  /** ISO 8601. */
  created: string;
  /** Of its statements; absent when there are none. */
  statement: string | undefined;
}

/** EC2 rounds to minutes, and takes no moment that is past. */
const soonest = 2 * 60_000;

/**
 * From then on the image is shown to its owner only. Told once: it may be changed by hand later.
 * Says when, if ever.
 */
export const deprecate = async (
  ec2: EC2Client,
  publication: Publication,
): Promise<string | undefined> => {
  const { imageId: ImageId, ami, attributes, created } = publication;
  const { deprecateAfter } = attributes;
  if (ami.DeprecationTime !== undefined) return new Date(ami.DeprecationTime).toISOString();
  if (deprecateAfter === undefined) return undefined;
  // an image whose time came while it was tested is deprecated as soon as can be
  const at = deprecationOf(created, deprecateAfter, Date.now() + soonest);
  await ec2.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt: new Date(at) }));
  return at;
};

/**
 * Who may launch the image may do so without reading its snapshot: nobody is let at the snapshot
 * itself, from which a disk could be made and read.
 */
export const share = async (ec2: EC2Client, publication: Publication): Promise<void> => {
  const { imageId: ImageId, attributes } = publication;
  const Add = permissions(attributes.launchPermissions);
  if (Add.length === 0) return;
  await ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add } }));
};

const permissions = (asked: ImageAttributes["launchPermissions"]): LaunchPermission[] => [
  ...asked.users.map((UserId) => ({ UserId })),
  ...(asked.public ? [{ Group: "all" as const }] : []),
  ...asked.organizations.map((OrganizationArn) => ({ OrganizationArn })),
  ...asked.organizationalUnits.map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
];

/** From here on no release removes the image, and its statements are known by their digest. */
export const markPublished = async (ec2: EC2Client, publication: Publication): Promise<void> => {
  const { imageId, statement } = publication;
  const Tags = [
    { Key: tagKeys.state, Value: "published" },
    ...(statement === undefined ? [] : [{ Key: tagKeys.statement, Value: statement }]),
  ];
  await ec2.send(new CreateTagsCommand({ Resources: [imageId], Tags }));
};

/** After the image is marked: a protected candidate could not be released. */
export const protect = async (ec2: EC2Client, publication: Publication): Promise<void> => {
  const { imageId: ImageId, attributes } = publication;
  if (attributes.deregistrationProtection === undefined) return;
  const { withCooldown: WithCooldown } = attributes.deregistrationProtection;
  await ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId, WithCooldown }));
};
