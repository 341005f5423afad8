import { describe, expect, test } from "vitest";
import type { Ami } from "../../aws/ami.ts";
import { imageName, registration } from "../../aws/registration.ts";
import {
  type BlockDevice,
  type ImageAttributes,
  noAttributes,
} from "../../core/image-attributes.ts";
import { BakeId, SnapshotId } from "../../core/ids.ts";
import type { BootMode } from "../../core/job.ts";
import { disk, imageSpec } from "../support/local-state.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");
const stage = { name: "test" };
const snapshotId = SnapshotId.parse("snap-00000001");
const spec = imageSpec(bake, snapshotId);

const asking = (
  more: Partial<ImageAttributes>,
  bootMode: BootMode = "uefi",
  origin?: Ami & { UefiData?: string },
) =>
  registration({
    ...{ stage, origin, spec: { ...spec, disk: { ...disk, bootMode } } },
    attributes: { ...noAttributes, ...more },
  });

const root = { DeleteOnTermination: true, VolumeType: "gp3", SnapshotId: snapshotId };

test("an image of which nothing is asked is registered with nothing left to EC2's defaults", () => {
  const order = registration({
    ...{ stage, attributes: noAttributes },
    spec: { ...spec, description: "A page", tags: { role: "web", "ovenbird:state": "published" } },
  });
  expect(JSON.parse(JSON.stringify(order))).toEqual({
    Name: "ovenbird/test/web-0123456789abcdef-1",
    Description: "A page",
    ...{ Architecture: "x86_64", VirtualizationType: "hvm", BootMode: "uefi", EnaSupport: true },
    RootDeviceName: "/dev/xvda",
    BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: root }],
    TagSpecifications: [
      {
        ResourceType: "image",
        Tags: [
          { Key: "Name", Value: bake },
          { Key: "role", Value: "web" },
          { Key: "ovenbird:state", Value: "candidate" },
          { Key: "ovenbird:recipe", Value: "web" },
          { Key: "ovenbird:stage", Value: "test" },
          { Key: "ovenbird:bake", Value: bake },
          { Key: "ovenbird:role", Value: "image" },
        ],
      },
    ],
  });
});

test("architecture and boot mode are the disk's, as the agent found them", () => {
  for (const architecture of ["x86_64", "arm64"] as const) {
    for (const bootMode of ["legacy-bios", "uefi", "uefi-preferred"] as const) {
      const order = { ...spec, disk: { ...disk, architecture, bootMode } };
      expect(registration({ stage, spec: order, attributes: noAttributes })).toMatchObject({
        ...{ Architecture: architecture, BootMode: bootMode },
      });
    }
  }
});

test("all that a recipe can ask of an image is asked of EC2", () => {
  expect(
    asking({
      ...{ rootDeviceName: "/dev/sda1", imdsSupport: "v2.0", tpmSupport: "v2.0" },
      ...{ enaSupport: false, sriovNetSupport: "simple", uefiData: "QUJD" },
    }),
  ).toMatchObject({
    ...{ RootDeviceName: "/dev/sda1", ImdsSupport: "v2.0", TpmSupport: "v2.0" },
    ...{ EnaSupport: false, SriovNetSupport: "simple", UefiData: "QUJD" },
    BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: root }],
  });
});

const devices = (...blockDevices: BlockDevice[]) =>
  asking({ blockDevices }).BlockDeviceMappings?.slice(1);

test("further devices come after the root: volumes, of snapshots too, and instance stores", () => {
  expect(
    devices(
      { deviceName: "/dev/sdf", size: 8 },
      {
        ...{ deviceName: "/dev/sdg", snapshotId: "snap-00000002", type: "io2", iops: 4000 },
        ...{ throughput: 250, deleteOnTermination: true },
      },
      { deviceName: "/dev/sdh", virtualName: "ephemeral0" },
      { deviceName: "/dev/sdi", noDevice: true },
    ),
  ).toEqual([
    { DeviceName: "/dev/sdf", Ebs: { VolumeType: "gp3", VolumeSize: 8 } },
    {
      DeviceName: "/dev/sdg",
      Ebs: {
        ...{ SnapshotId: "snap-00000002", VolumeType: "io2", Iops: 4000, Throughput: 250 },
        DeleteOnTermination: true,
      },
    },
    { DeviceName: "/dev/sdh", VirtualName: "ephemeral0" },
  ]);
});

test("a device of the root's name says what the root is like, not what is on it", () => {
  const blockDevices = [
    { deviceName: "/dev/xvda", size: 20, type: "io2", iops: 500, deleteOnTermination: false },
  ];
  expect(asking({ blockDevices }).BlockDeviceMappings).toEqual([
    {
      DeviceName: "/dev/xvda",
      Ebs: {
        ...{ SnapshotId: snapshotId, VolumeSize: 20, VolumeType: "io2", Iops: 500 },
        DeleteOnTermination: false,
      },
    },
  ]);
});

describe("an image that descends from another", () => {
  const origin: Ami = {
    ...{ RootDeviceName: "/dev/sda1", ImdsSupport: "v2.0", TpmSupport: "v2.0" },
    ...{ SriovNetSupport: "simple", EnaSupport: true },
    BlockDeviceMappings: [
      { DeviceName: "/dev/sda1", Ebs: { SnapshotId: "snap-0a", VolumeSize: 8, Encrypted: true } },
      {
        DeviceName: "/dev/sdf",
        Ebs: { SnapshotId: "snap-0b", VolumeType: "gp3", Encrypted: true, KmsKeyId: "key" },
      },
      { DeviceName: "/dev/sdb", VirtualName: "ephemeral0" },
    ],
  };

  test("has its root's name and its other devices, and is as safe", () => {
    expect(asking({}, "uefi", origin)).toMatchObject({
      ...{ RootDeviceName: "/dev/sda1", ImdsSupport: "v2.0", TpmSupport: "v2.0" },
      SriovNetSupport: "simple",
      BlockDeviceMappings: [
        { DeviceName: "/dev/sda1", Ebs: root },
        { DeviceName: "/dev/sdf", Ebs: { SnapshotId: "snap-0b", VolumeType: "gp3" } },
        { DeviceName: "/dev/sdb", VirtualName: "ephemeral0" },
      ],
    });
  });

  const variables = { ...origin, UefiData: "QUJD" };

  test.each(["uefi", "uefi-preferred"] as const)(
    "has its UEFI variables where it boots by %s, but for a recipe with its own, or none",
    (bootMode) => {
      const uefiDataOf = (more: Partial<ImageAttributes>) =>
        asking(more, bootMode, variables).UefiData;
      expect(uefiDataOf({})).toBe("QUJD");
      expect(uefiDataOf({ uefiData: "REVG" })).toBe("REVG");
      expect(uefiDataOf({ uefiData: "" })).toBeUndefined();
    },
  );

  test("has no UEFI variables where it boots by BIOS only", () => {
    expect(asking({}, "legacy-bios", variables).UefiData).toBeUndefined();
    expect(asking({ uefiData: "" }, "legacy-bios", variables).UefiData).toBeUndefined();
  });

  test("has none of its devices that the recipe replaces or leaves out", () => {
    const blockDevices = [
      { deviceName: "/dev/sdf", size: 3 },
      { deviceName: "/dev/sdb", noDevice: true },
    ];
    expect(asking({ blockDevices }, "uefi", origin).BlockDeviceMappings).toEqual([
      { DeviceName: "/dev/sda1", Ebs: root },
      { DeviceName: "/dev/sdf", Ebs: { VolumeType: "gp3", VolumeSize: 3 } },
    ]);
  });

  test("has no TPM where it does not boot by UEFI only", () => {
    expect(asking({}, "uefi-preferred", origin).TpmSupport).toBeUndefined();
  });

  test("says nothing of encryption: with a snapshot EC2 refuses that", () => {
    const text = JSON.stringify(asking({}, "uefi", origin));
    expect(text).not.toMatch(/Encrypted|KmsKeyId/);
  });
});

const rootDevice = (more: Partial<BlockDevice>): Partial<ImageAttributes> => ({
  blockDevices: [{ deviceName: "/dev/xvda", ...more }],
});

test.each<[string, Partial<ImageAttributes>, BootMode, RegExp]>([
  ["a TPM without UEFI", { tpmSupport: "v2.0" }, "legacy-bios", /boot mode is legacy-bios/],
  ["a TPM beside a BIOS", { tpmSupport: "v2.0" }, "uefi-preferred", /UEFI only/],
  ["UEFI variables for a BIOS", { uefiData: "QUJD" }, "legacy-bios", /BIOS only/],
  ["a root of another snapshot", rootDevice({ snapshotId: "snap-0a" }), "uefi", /xvda is the root/],
  ["a root on an instance store", rootDevice({ virtualName: "ephemeral0" }), "uefi", /is the root/],
  ["no root", rootDevice({ noDevice: true }), "uefi", /is the root/],
])("%s is refused in words", (_title, attributes, bootMode, message) => {
  expect(() => asking(attributes, bootMode)).toThrow(
    expect.objectContaining({ name: "UnfitAttributes", message: expect.stringMatching(message) }),
  );
});

test("a root smaller than what was baked is refused in words", () => {
  const order = { ...spec, rootVolumeSize: 8 };
  const attributes = { ...noAttributes, ...rootDevice({ size: 7 }) };
  expect(() => registration({ stage, spec: order, attributes })).toThrow(/8 GiB; 7 GiB would not/);
});

const described = (description: string) =>
  registration({ stage, spec: { ...spec, description }, attributes: noAttributes }).Description;

test("a description is what EC2 takes: at most 255 characters of ASCII", () => {
  expect(described("grüße, René\n— 🐦")).toBe("gru?e, Rene?? ?");
  expect(described("ﬁ".repeat(255))).toHaveLength(255);
});

test("the longest name is one that EC2 takes", () => {
  const longest = BakeId.parse(`${"w".repeat(26)}-0123456789abcdef-9999`);
  const name = imageName({ name: "s".repeat(20) }, longest);
  expect(name).toMatch(/^[\w()[\] ./\-'@]{3,128}$/);
});
