import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeCoreImage, findModules } from "../../agent/boot-loader/grub.ts";
import { layOut } from "../../agent/layout.ts";
import { makeSmallImage } from "./small-image.ts";

const run = promisify(execFile);
const mebibyte = 1024 ** 2;

export interface StockVolume {
  /** MiB. */
  start: number;
  size: number;
  /** Makes the file system; `$DEV` is its device. An ESP is made by itself. */
  make: string;
  /** Where it is mounted; the root is `/`, and comes first. */
  path?: string;
  /** Options of that mount. */
  options?: string;
}

export interface StockOrder {
  folder: string;
  /** MiB. */
  size: number;
  /** What sfdisk reads; none for a whole-disk file system. */
  table?: string;
  volumes: readonly StockVolume[];
  /** MiB where the ESP begins, of 40 MiB. */
  esp?: number;
  fstab: string;
  /** Commands with the image mounted on `$ROOT`. */
  more?: string;
}

/** Makes the disk of a small system by the tools that installers use. Its path. */
export const makeStockDisk = async (order: StockOrder): Promise<string> => {
  const { folder, size, table, volumes, esp } = order;
  const disk = join(folder, "stock.raw");
  await run("truncate", ["--size", `${size}M`, disk]);
  if (table !== undefined) await pipe(["sfdisk", "--quiet", "--no-tell-kernel", disk], table);
  await makeSmallImage(join(folder, "stock-image"));
  await writeFile(join(folder, "stock-image/etc/fstab"), order.fstab);
  const mounts = volumes.filter(({ path }) => path !== undefined);
  const script = `
    set -eu
    DISK=$1; IMAGE=$2; ROOT=$(mktemp -d)
    trap 'umount --recursive "$ROOT" 2> /dev/null || true; rmdir "$ROOT"' EXIT
    ${volumes.map((volume) => onDevice(volume, volume.make)).join("\n")}
    ${mounts.map(mountText).join("\n")}
    cp --archive "$IMAGE/." "$ROOT"
    ${order.more ?? ""}
    sync
  `;
  await run("unshare", [
    "--mount",
    "bash",
    "-c",
    script,
    "bash",
    disk,
    join(folder, "stock-image"),
  ]);
  if (esp !== undefined) await fillEsp(disk, esp, folder);
  return disk;
};

const offsets = ({ start, size }: StockVolume): [number, number] => [
  start * mebibyte,
  size * mebibyte,
];

const onDevice = (volume: StockVolume, commands: string): string => {
  const [start, size] = offsets(volume);
  return `DEV=$(losetup --find --show --offset ${start} --sizelimit ${size} "$DISK")
    ${commands}
    losetup --detach "$DEV"`;
};

const mountText = (volume: StockVolume): string => {
  const [start, size] = offsets(volume);
  const options = volume.options === undefined ? "" : `,${volume.options}`;
  return `mkdir -p "$ROOT${volume.path}"
    mount -o "loop,offset=${start},sizelimit=${size}${options}" "$DISK" "$ROOT${volume.path}"`;
};

/** An ESP that boots, as far as one can see without booting it. */
const fillEsp = async (disk: string, start: number, folder: string): Promise<void> => {
  const image = `${disk}@@${start * mebibyte}`;
  const output = join(folder, "BOOTX64.EFI");
  const config = join(folder, "grub.cfg");
  // a boot loader that we know by its configuration
  await writeFile(config, "linux /vmlinuz root=UUID=0\ninitrd /initrd.img\nboot\n");
  const modules = (await findModules("x86_64-efi")) ?? "";
  const layout = layOut(256 * mebibyte, "ext4", "x86_64", "a test");
  await makeCoreImage({ platform: "x86_64-efi", modules, config, layout, output });
  const sectors = String((40 * mebibyte) / 512);
  for (const argv of [
    ["mformat", "-i", image, "-F", "-T", sectors, "-N", "ABCD1234", "::"],
    ["mmd", "-i", image, "::/EFI", "::/EFI/BOOT"],
    ["mcopy", "-i", image, output, "::/EFI/BOOT/BOOTX64.EFI"],
  ]) {
    const [program = "", ...parameters] = argv;
    await run(program, parameters, { env: { ...process.env, MTOOLS_SKIP_CHECK: "1" } });
  }
};

const pipe = async ([program = "", ...parameters]: string[], input: string): Promise<void> => {
  const child = execFile(program, parameters);
  child.stdin?.end(input);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with status ${code}`)),
    );
  });
};
