import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** A block device as sysfs shows it. */
export interface RecordedDevice {
  /** Path of its folder below `devices/`. */
  at: string;
  /** Major and minor number. */
  number: string;
  /** Of an NVMe controller, as its file has it: padded to 20 characters. */
  serial?: string;
  partitions?: readonly { name: string; number: string }[];
  /** Names of the devices it is made of. */
  slaves?: readonly string[];
}

const link = async (path: string, to: string) => {
  await mkdir(dirname(path), { recursive: true });
  await symlink(relative(dirname(path), to), path);
};

/** Makes a folder with sysfs' files and links of these devices, as a kernel lays them out. */
export const recordedSys = async (sys: string, devices: readonly RecordedDevice[]) => {
  const known = async (name: string, number: string, folder: string) => {
    await link(join(sys, "dev/block", number), folder);
    await link(join(sys, "class/block", name), folder);
  };
  const folders = new Map<string, string>();
  for (const { at, number, serial, partitions = [], slaves } of devices) {
    const folder = join(sys, "devices", at);
    const name = at.split("/").at(-1) ?? "";
    folders.set(name, folder);
    await mkdir(join(folder, "slaves"), { recursive: true });
    await link(join(sys, "block", name), folder);
    await known(name, number, folder);
    if (serial !== undefined) {
      await writeFile(join(dirname(folder), "serial"), `${serial.padEnd(20)}\n`);
      await symlink("..", join(folder, "device"));
    }
    for (const partition of partitions) {
      const path = join(folder, partition.name);
      folders.set(partition.name, path);
      await mkdir(path);
      await writeFile(join(path, "partition"), "1\n");
      await known(partition.name, partition.number, path);
    }
    for (const slave of slaves ?? []) {
      await link(join(folder, "slaves", slave), folders.get(slave) ?? "");
    }
  }
};
