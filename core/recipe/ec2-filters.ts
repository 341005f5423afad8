/** DescribeImages' filters, by EC2's API reference (September 2026); beside them, `tag:KEY`. */
export const IMAGE_FILTERS = [
  ...["architecture", "block-device-mapping.delete-on-termination"],
  ...["block-device-mapping.device-name", "block-device-mapping.encrypted"],
  ...["block-device-mapping.snapshot-id", "block-device-mapping.volume-size"],
  ...["block-device-mapping.volume-type", "creation-date", "description", "ena-support"],
  ...["free-tier-eligible", "hypervisor", "image-allowed", "image-id", "image-type", "is-public"],
  ...["kernel-id", "manifest-location", "name", "owner-alias", "owner-id", "platform"],
  ...["product-code", "product-code.type", "ramdisk-id", "root-device-name", "root-device-type"],
  ...["source-image-id", "source-image-region", "source-instance-id", "sriov-net-support"],
  ...["state", "state-reason-code", "state-reason-message", "tag-key", "virtualization-type"],
] as const;
