import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findWorkingDisk } from "../../../agent/disk/working-disk.ts";
import { VolumeId } from "../../../core/ids.ts";
import { type RecordedDevice, recordedSys } from "../../support/recorded-sys.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const volumeId = VolumeId.parse("vol-0f1e2d3c4b5a69788");
const working = "vol0f1e2d3c4b5a69788";

const nvme = (index: number, serial: string, slot: string): RecordedDevice => ({
  at: `pci0000:00/0000:00:${slot}.0/nvme/nvme${index}/nvme${index}n1`,
  number: `259:${index * 10}`,
  serial,
  partitions: [1, 14, 15].map((part) => ({
    name: `nvme${index}n1p${part}`,
    number: `259:${index * 10 + part}`,
  })),
});

const xen = (letter: string, minor: number): RecordedDevice => ({
  at: `vbd-${minor}/block/xvd${letter}`,
  number: `202:${minor}`,
  partitions: [{ name: `xvd${letter}1`, number: `202:${minor + 1}` }],
});

const mount = (device: string, path: string, source: string, type = "ext4") =>
  `29 1 ${device} / ${path} rw,relatime shared:1 - ${type} ${source} rw,discard`;

interface Machine {
  devices: readonly RecordedDevice[];
  mounts: readonly string[];
}

/** Ubuntu on Nitro: the root volume is nvme0, with `/`, `/boot` and the ESP on it. */
const nitro: Machine = {
  devices: [
    nvme(0, "vol0aaaaaaaaaaaaaaaa", "04"),
    nvme(1, "AWS4C95F4BE0E6A8D0B6", "1f"),
    nvme(2, working, "1e"),
  ],
  mounts: [
    mount("259:1", "/", "/dev/root"),
    mount("259:15", "/boot/efi", "/dev/nvme0n1p15", "vfat"),
    mount("0:23", "/proc", "proc", "proc"),
  ],
};

const look = async ({ devices, mounts }: Machine, patience = 0) => {
  await using folder = await temporaryFolder();
  const sys = join(folder.path, "sys");
  await recordedSys(sys, devices);
  const mountinfo = join(folder.path, "mountinfo");
  await writeFile(mountinfo, `${mounts.join("\n")}\n`);
  return await findWorkingDisk({ volumeId, sys, mountinfo, patience });
};

test("the working disk is the one whose serial is the volume's, beside root and instance store", async () => {
  expect(await look(nitro)).toBe("/dev/nvme2n1");
});

test("the order in which the kernel found the disks is of no matter", async () => {
  const devices = [nvme(0, working, "1e"), nvme(1, "vol0aaaaaaaaaaaaaaaa", "04")];
  const mounts = [mount("259:11", "/", "/dev/root")];
  expect(await look({ devices, mounts })).toBe("/dev/nvme0n1");
});

test.each([
  ["/", mount("259:21", "/", "/dev/root")],
  ["/boot", mount("259:34", "/boot", "/dev/nvme2n1p14")],
  ["/boot/efi", mount("259:35", "/boot/efi", "/dev/nvme2n1p15", "vfat")],
  ["a btrfs as /", mount("0:31", "/", "/dev/nvme2n1p1", "btrfs")],
])("a disk that has %s of the builder on it is refused", async (_, line) => {
  await expect(look({ ...nitro, mounts: [line] })).rejects.toMatchObject({
    name: "NotReady",
    message: expect.stringMatching(/runs from its working disk: vol-0f1e\w+ is \/dev\/nvme2n1/),
  });
});

test("so is one that is below the logical volume that the builder runs from", async () => {
  const mapper: RecordedDevice = {
    ...{ at: "virtual/block/dm-0", number: "253:0", slaves: ["nvme2n1p1"] },
  };
  const devices = [...nitro.devices, mapper];
  const mounts = [mount("253:0", "/", "/dev/mapper/vg-root", "xfs")];
  await expect(look({ devices, mounts })).rejects.toThrow(/and \/ is on it/);
});

test("a volume that does not appear is named, with what is there", async () => {
  const devices = nitro.devices.slice(0, 2);
  await expect(look({ ...nitro, devices })).rejects.toMatchObject({
    name: "NotReady",
    message: expect.stringMatching(/did not appear.*nvme0n1 \(vol0a+\), \/dev\/nvme1n1 \(AWS4/),
  });
});

test("on Xen it is the one disk that the builder does not run from", async () => {
  const devices = [xen("a", 0), xen("f", 80)];
  const mounts = [mount("202:1", "/", "/dev/xvda1")];
  expect(await look({ devices, mounts })).toBe("/dev/xvdf");
});

test("of two such disks on Xen none is taken for it", async () => {
  const devices = [xen("a", 0), xen("f", 80), xen("g", 96)];
  const mounts = [mount("202:1", "/", "/dev/xvda1")];
  await expect(look({ devices, mounts })).rejects.toThrow(
    /which of \/dev\/xvdf and \/dev\/xvdg is the volume vol-0f1e\w+; .*NVMe would be right/,
  );
});
