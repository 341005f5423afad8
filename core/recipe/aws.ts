import * as z from "zod";
import { DeviceName, WrittenBlockDevices } from "./block-devices.ts";
import { InstanceType } from "./instance-type.ts";
import { WrittenLaunchPermissions } from "./launch-permissions.ts";
import { keyed, pattern, some, whole } from "./shape.ts";
import { Tags } from "./tags.ts";
import { volumeComplaints } from "./volume.ts";

const COUNT = "write a whole number";
const PORTS = "list TCP ports, as in [5432]";
const DAYS = "write a number of days from 1d to 3650d, as in 90d: EC2 takes at most ten years";
const UEFI = "it is base64 of at most 64000 characters, as GetInstanceUefiData answers it, or none";
const PROTECTION = "write true, or {with_cooldown: true}";

/** What a security group has room for beside 80 and 443: 60 rules, by the VPC's quotas. */
const MOST_PORTS = 58;

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const alias = "alias/[A-Za-z0-9/_-]{1,250}";
const KmsKey = pattern(
  new RegExp(
    String.raw`^(?:${uuid}|mrk-[0-9a-f]{32}|${alias}|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(?:key/(?:${uuid}|mrk-[0-9a-f]{32})|${alias}))$`,
  ),
  'a key is its id, its ARN or its alias, as in "alias/images"',
);

const Volume = keyed({
  type: z.enum(["gp3", "gp2", "io1", "io2"]).default("gp3").describe("EC2's volume type."),
  iops: whole(1, 256_000, COUNT).optional().describe("Of gp3, io1 and io2."),
  throughput: whole(1, 2000, COUNT).optional().describe("MiB/s, of gp3."),
}).superRefine((volume, context) => {
  for (const { key, message, hint, on } of volumeComplaints(volume)) {
    context.addIssue({ code: "custom", message, path: [key], params: { hint, on } });
  }
});

/** `aws:`, as written: by the names of EC2, and of Packer where it has them. */
export const WrittenAws = keyed({
  instance_types: some(InstanceType, 'list instance types, as in ["m7i.large", "m6i.large"]')
    .optional()
    .describe("Types that the builder may have, the best first; instead of instance_size."),
  spot: z.boolean().default(false).describe("Ask for spare capacity first."),
  ports: some(whole(1, 65_535, "a port is from 1 to 65535"), PORTS)
    .max(MOST_PORTS, { error: `EC2 takes at most ${MOST_PORTS} beside 80 and 443` })
    .optional()
    .describe("TCP ports that steps connect to, beside 80 and 443."),
  kms_key: KmsKey.optional().describe(
    "Key of the working disk and the image: id, ARN or alias; the account's if absent.",
  ),
  volume: Volume.optional().describe("What kind of disk the working disk is."),
  root_device_name: DeviceName.optional().describe("The root's name: the origin's if absent."),
  block_devices: WrittenBlockDevices.default([]).describe(
    "Disks that instances have beside their root.",
  ),
  imds_support: z
    .literal("v2.0", { error: 'write "v2.0", in quotes' })
    .optional()
    .describe("v2.0: instances answer only requests of version 2 of the metadata service."),
  tpm_support: z
    .literal("v2.0", { error: 'write "v2.0", in quotes' })
    .optional()
    .describe("v2.0: instances have a TPM, which takes an image that boots by UEFI."),
  ena_support: z.boolean().optional().describe("Whether the image has a driver for ENA."),
  sriov_net_support: z
    .literal("simple", { error: "write simple, or leave it out: EC2 has no way to turn it off" })
    .optional()
    .describe("simple: the image has a driver for Intel's 82599 virtual function."),
  uefi_data: pattern(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, UEFI)
    .min(1, { error: UEFI })
    .max(64_000, { error: UEFI })
    .optional()
    .describe(
      "Base64 of the UEFI's variables, as for Secure Boot; the origin's where it is left out, none for none.",
    ),
  deprecate_after: pattern(/^[0-9]{1,4}d$/, DAYS)
    .refine((text) => isWithinTenYears(text), { error: DAYS })
    .optional()
    .describe("Days after which the image is told to be deprecated: 90d."),
  deregistration_protection: z
    .union(
      [
        z.boolean(),
        keyed({
          with_cooldown: z
            .boolean()
            .default(false)
            .describe("Whether it lasts for 24 hours more once it is taken off."),
        }),
      ],
      { error: PROTECTION },
    )
    .default(false)
    .describe("Whether the published image cannot be deregistered."),
  launch_permissions: WrittenLaunchPermissions.optional().describe("Who may launch the image."),
  snapshot_tags: Tags.default({}).describe("Tags of the snapshot, beside the image's."),
});
export type WrittenAws = z.infer<typeof WrittenAws>;

const SECONDS_A_DAY = 24 * 60 * 60;

const daysOf = (text: string): number => Number(text.slice(0, -1));

// EnableImageDeprecation: "10 years from now"; a year less than its leap days
const isWithinTenYears = (text: string): boolean => daysOf(text) >= 1 && daysOf(text) <= 3650;

/** Seconds of a duration such as `90d`. */
export const secondsOfDays = (text: string): number => daysOf(text) * SECONDS_A_DAY;
