import { noAttributes, type ImageAttributes } from "../image-attributes.ts";
import { secondsOfDays, type WrittenAws } from "./aws.ts";
import { blockDeviceOf } from "./block-devices.ts";

/** What the recipe asks of its image in an AWS account. */
export const attributesOf = (aws?: WrittenAws): ImageAttributes => {
  if (aws === undefined) return noAttributes;
  const { launch_permissions: permissions, deprecate_after: after } = aws;
  return {
    rootDeviceName: aws.root_device_name,
    blockDevices: aws.block_devices.map(blockDeviceOf),
    imdsSupport: aws.imds_support,
    tpmSupport: aws.tpm_support,
    enaSupport: aws.ena_support,
    sriovNetSupport: aws.sriov_net_support,
    // it is base64, too, and no variables are
    uefiData: aws.uefi_data === "none" ? "" : aws.uefi_data,
    deprecateAfter: after === undefined ? undefined : secondsOfDays(after),
    deregistrationProtection: protectionOf(aws.deregistration_protection),
    launchPermissions: {
      users: permissions?.users ?? [],
      public: false, // an encrypted image cannot be
      organizations: permissions?.organizations ?? [],
      organizationalUnits: permissions?.organizational_units ?? [],
    },
    snapshotTags: aws.snapshot_tags,
  };
};

const protectionOf = (written: WrittenAws["deregistration_protection"]) => {
  if (written === false) return undefined;
  return { withCooldown: written === true ? false : written.with_cooldown };
};
