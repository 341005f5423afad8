import * as z from "zod";
import type { BlockDevice } from "../image-attributes.ts";
import { keyed, pattern, whole } from "./shape.ts";
import { VOLUME_TYPES, volumeComplaints } from "./volume.ts";

const COUNT = "write a whole number";

/** `/dev/sdf`, `/dev/sda1`, `/dev/xvdba`, by EC2's "device names for volumes". */
export const DeviceName = pattern(
  /^\/dev\/(?:sd[a-z]|xvd[a-z]{1,2})(?:[1-9]|1[0-5])?$/,
  'a device is named as EC2 names it, as in "/dev/sdf" or "/dev/xvdba"',
);

export const SnapshotName = pattern(
  /^snap-[0-9a-f]{8,17}$/,
  "a snapshot's id is snap- and 17 hexadecimal digits",
);

const OF_DISK = ["size", "type", "iops", "throughput", "delete_on_termination", "snapshot_id"];

const Device = keyed({
  device_name: DeviceName.describe("Its name for EC2."),
  size: whole(1, 65_536, "a size is a whole number of GiB from 1 to 65536")
    .optional()
    .describe("GiB; the snapshot's if absent."),
  type: z.enum(VOLUME_TYPES).optional().describe("EC2's volume type: gp3 if absent."),
  iops: whole(1, 256_000, COUNT).optional().describe("Of gp3, io1 and io2."),
  throughput: whole(1, 2000, COUNT).optional().describe("MiB/s, of gp3."),
  delete_on_termination: z
    .boolean()
    .optional()
    .describe("Whether it goes with its instance: true if absent."),
  snapshot_id: SnapshotName.optional().describe("What it begins as."),
  virtual_name: pattern(
    /^ephemeral(?:[0-9]|1[0-9]|2[0-3])$/,
    "an instance store is ephemeral0 to ephemeral23",
  )
    .optional()
    .describe("An instance store, instead of a disk."),
  no_device: z
    .literal(true, { error: "write true, or leave no_device out" })
    .optional()
    .describe("true: instances have no such device."),
}).superRefine((device, context) => {
  for (const { key, message, hint, on } of deviceComplaints(device)) {
    context.addIssue({ code: "custom", message, path: [key], params: { hint, on } });
  }
});
type Device = z.infer<typeof Device>;

const deviceComplaints = (device: Device) => {
  const { no_device, virtual_name, size, snapshot_id, type = "gp3" } = device;
  const given = Object.entries(device).flatMap(([key, value]) => (value === undefined ? [] : key));
  const only = (kind: string, extra: readonly string[]) =>
    given
      .filter((key) => extra.includes(key))
      .map((key) => ({
        ...{ key, message: `${key} is of a disk, and this is ${kind}` },
        ...{ hint: `leave ${key} out`, on: "key" },
      }));
  if (no_device !== undefined) return only("no device", [...OF_DISK, "virtual_name"]);
  if (virtual_name !== undefined) return only("an instance store", OF_DISK);
  if (size === undefined && snapshot_id === undefined) {
    const message = "neither size nor snapshot_id is given";
    const hint = "give size, in GiB, or another kind: virtual_name or no_device";
    return [{ key: "device_name", message, hint, on: "value" }];
  }
  return volumeComplaints({ ...device, type });
};

/** `block_devices:`, as written. */
export const WrittenBlockDevices = z
  .array(Device, { error: "list devices, as in [{device_name: /dev/sdf, size: 100}]" })
  .superRefine((devices, context) => {
    const taken = new Set<string>();
    for (const [index, { device_name }] of devices.entries()) {
      if (taken.has(device_name)) {
        const message = `${device_name} is given twice`;
        const params = { hint: "keep one of them" };
        context.addIssue({ code: "custom", message, path: [index, "device_name"], params });
      }
      taken.add(device_name);
    }
  });

/** A disk that is not said to stay goes with its instance, so that nothing is left. */
export const blockDeviceOf = (device: Device): BlockDevice => {
  const deviceName = device.device_name;
  if (device.no_device !== undefined) return { deviceName, noDevice: true };
  const { virtual_name: virtualName } = device;
  if (virtualName !== undefined) return { deviceName, virtualName };
  const { size, type = "gp3", iops, throughput, snapshot_id: snapshotId } = device;
  const deleteOnTermination = device.delete_on_termination ?? true;
  return { deviceName, size, type, iops, throughput, deleteOnTermination, snapshotId };
};
