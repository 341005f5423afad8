import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { attachAhead } from "../../../agent/disk/attach-ahead.ts";
import { copyInto } from "../../../local/copy.ts";
import { loopDevices, temporaryFolder } from "../../support/temporary-folder.ts";
import { ext4, type MadeDisk, makeDisk, mebibyte, rootType, system } from "./disks.ts";
import { open as openDisk } from "./open.ts";

/** A BIOS boot partition, and a root that may grow. */
const made: MadeDisk = {
  size: 128,
  table: `label: gpt
start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649
start=4MiB, size=100MiB, type=${rootType}
`,
  volumes: [{ start: 4, size: 100, mkfs: ext4, fill: system(undefined, "echo here > mark") }],
};

const never = new AbortController().signal;

const emptyFile = async (path: string, size: number): Promise<string> => {
  await using file = await open(path, "w");
  await file.truncate(size);
  return path;
};

test.each([
  { what: "as large", size: 128, root: 123 },
  { what: "larger", size: 256, root: 251 },
])(
  "the root of a copy that is $what is attached before there is anything in it, and mounted from there",
  async ({ size, root }) => {
    await using folder = await temporaryFolder();
    const source = await makeDisk(join(folder.path, "source.raw"), made);
    const disk = await emptyFile(join(folder.path, "disk.raw"), size * mebibyte);
    await using ahead = await attachAhead({ source, disk, size: size * mebibyte });
    const [[device] = [""], ...others] = await loopDevices(folder.path);
    expect(others).toEqual([]);
    await using node = await open(device, "r");
    const { buffer } = await node.read(Buffer.alloc(4096), 0, 4096, 0); // as udev does
    expect(buffer.every((byte) => byte === 0)).toBe(true);
    await copyInto(source, disk, never);
    await ahead.copied();
    const commands = 'cat "$ROOT/mark"; findmnt -no SOURCE "$ROOT"';
    const opened = await openDisk({
      disk,
      check: "journal",
      grownFrom: 128 * mebibyte,
      commands,
    });
    expect(opened.output).toBe(`here\n${device}\n`);
    expect(await loopDevices(folder.path)).toHaveLength(1);
    expect(await sizeOf(device)).toBe(root * mebibyte);
  },
);

const sizeOf = async (device: string): Promise<number> => {
  const name = device.replace("/dev/", "");
  await using file = await open(`/sys/block/${name}/size`, "r");
  return Number(await file.readFile("utf8")) * 512;
};

test("of a disk whose partition table is refused nothing is attached, as openDisk says why", async () => {
  await using folder = await temporaryFolder();
  const source = await makeDisk(join(folder.path, "source.raw"), {
    ...{ size: 8, volumes: [] },
    table: "label: sun\nstart=0, size=4096\n",
  });
  const disk = await emptyFile(join(folder.path, "disk.raw"), (await stat(source)).size);
  await using ahead = await attachAhead({ source, disk, size: 8 * mebibyte });
  expect(await loopDevices(folder.path)).toEqual([]);
  await ahead.copied();
});
