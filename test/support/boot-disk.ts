import { deviceNames } from "../../agent/boot/device-names.ts";
import { execFile } from "node:child_process";
import { copyFile, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BootMount } from "../../agent/boot/mounts.ts";
import type { PartitionTable } from "../../agent/boot/table.ts";
import { compareVersions } from "../../agent/boot/versions.ts";
import { type Layout, layOut, sector, sfdiskScript } from "../../agent/layout.ts";
import { attachLoop } from "../../agent/loop.ts";
import { mounted } from "../../agent/mount.ts";
import { lateNetwork } from "../../agent/network.ts";
import { openSandbox, type Sandbox } from "../../agent/sandbox.ts";

const run = promisify(execFile);
const quiet = { maxBuffer: 64 * 1024 ** 2 };
const mebibyte = 1024 ** 2;

/** Says which kernel runs, and ends the machine. */
const unit = `[Unit]
DefaultDependencies=no
After=local-fs.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo; echo "RUNS $(uname -r) WITH $(cat /proc/cmdline) END" > /dev/ttyS0; sleep 1; poweroff -ff'
`;

const packages = ["systemd-sysv", "udev", "kmod", "initramfs-tools", "linux-base", "zstd", "dbus"];

/** Two of the suite's kernels for clouds, the older one first. */
export interface Kernels {
  older: string;
  newer: string;
}

/** Debian without a kernel in a folder: what every disk of the tests begins as. */
export const makeDebian = async (root: string, suite = "trixie"): Promise<Kernels> => {
  await run(
    "mmdebstrap",
    [
      ...["--mode=root", "--variant=minbase", "--format=directory"],
      ...["--skip=cleanup/apt", `--include=${packages.join(",")}`, suite, root],
    ],
    quiet,
  );
  await writeFile(join(root, "etc/resolv.conf"), "nameserver 10.0.2.3\n");
  await writeFile(join(root, "etc/systemd/system/says.service"), unit);
  const wants = join(root, "etc/systemd/system/sysinit.target.wants");
  await mkdir(wants, { recursive: true });
  await run("ln", ["-s", "../says.service", wants]);
  const { stdout } = await run("chroot", [root, "apt-cache", "pkgnames", "linux-image-6"], quiet);
  const names = stdout
    .split("\n")
    .filter((name) => /^linux-image-[\d.]+\+deb13(?:\.\d+)?-cloud-amd64$/.test(name));
  const versions = names.map((name) => name.slice("linux-image-".length)).toSorted(compareVersions);
  return { older: versions.at(-2) ?? "", newer: versions.at(-1) ?? "" };
};

export interface BootDisk extends AsyncDisposable {
  disk: string;
  layout: Layout;
  table: PartitionTable;
  root: string;
  esp: string;
  mounts: BootMount[];
  sandbox: Sandbox;
  /** Runs a program as a step would; what it printed. Rejects when it fails. */
  step(argv: readonly string[], env?: Record<string, string>): Promise<string>;
  /** Variables of the steps' environment. */
  environment: Record<string, string>;
  /** Installs packages as a step would. */
  install(...names: string[]): Promise<string>;
  /** Writes the ESP to the disk, unmounts everything, and answers the disk. */
  finish(): Promise<string>;
}

/**
 * A disk with a BIOS boot partition, an ESP and a root file system, on which that Debian is
 * mounted; the ESP is in memory until the end.
 */
export const openBootDisk = async (folder: string, debian: string): Promise<BootDisk> => {
  const disk = join(folder, "disk.raw");
  await using file = await open(disk, "w");
  await file.truncate(3072 * mebibyte);
  const layout = layOut(3072 * mebibyte, "ext4", "x86_64", "a test");
  const script = join(folder, "script");
  await writeFile(script, sfdiskScript(layout));
  await run("sh", ["-c", 'sfdisk --quiet --no-tell-kernel "$1" < "$2"', "sh", disk, script]);
  await using opened = new AsyncDisposableStack();
  const device = opened.use(await attachLoop(disk, layout.root));
  // what SYSLINUX and older GRUBs read
  const features = ["-O", "^metadata_csum,^64bit,^metadata_csum_seed"];
  await run("mkfs.ext4", ["-q", "-F", "-U", layout.rootUuid, ...features, device.path]);
  const network = opened.use(lateNetwork(folder));
  const root = opened.use(
    await mounted(join(folder, "root"), { source: device.path, type: "ext4" }),
  ).path;
  await run("cp", ["-a", `${debian}/.`, root]);
  const esp = join(root, "boot/efi");
  opened.use(await mounted(esp, { source: "tmpfs", type: "tmpfs" }));
  const { stdout } = await run("sfdisk", ["--json", disk]);
  const { partitiontable } = JSON.parse(stdout) as Sfdisk;
  const uuid = (name: string) =>
    partitiontable.partitions.find((partition) => partition.name === name)?.uuid.toLowerCase() ??
    "";
  const { espSerial } = layout;
  const mounts: BootMount[] = [
    {
      ...{ path: "/", type: "ext4", uuid: layout.rootUuid },
      partition: { table: "gpt", number: 1, uuid: uuid("root") },
    },
    {
      ...{
        path: "/boot/efi",
        type: "vfat",
        uuid: `${espSerial.slice(0, 4)}-${espSerial.slice(4)}`,
      },
      partition: { table: "gpt", number: 15, uuid: uuid("esp") },
    },
  ];
  await writeFile(join(root, "etc/fstab"), `UUID=${layout.rootUuid} / ext4 defaults 0 1\n`);
  const names = { deviceNames: deviceNames(mounts) };
  const sandbox = opened.use(await openSandbox({ root, network, scratch: folder, ...names }));
  const step: BootDisk["step"] = async (argv, env = {}) => {
    const { status, tail } = await sandbox.run(argv, { keep: 1000, env });
    if (status !== 0) throw new Error(`${argv.join(" ")}: ${status}\n${tail.join("\n")}`);
    return tail.join("\n");
  };
  const mountsHere = opened.move();
  const image: BootDisk = {
    ...{ disk, layout, root, esp, mounts, sandbox, step, environment: {} },
    table: { label: "gpt", partitions: [layout.biosBoot, layout.esp, layout.root] },
    install: (...names) =>
      step(
        [...["apt-get", "--yes", "--quiet", "--no-install-recommends", "install"], ...names],
        image.environment,
      ),
    async finish() {
      await writeEsp(disk, layout, esp);
      // another mount namespace of this machine may hold the file system; boot loaders read no journal
      await run("sh", [
        "-ec",
        'sync; fsfreeze --freeze "$1"; fsfreeze --unfreeze "$1"',
        "sh",
        root,
      ]);
      await mountsHere.disposeAsync();
      return disk;
    },
    [Symbol.asyncDispose]: () => mountsHere.disposeAsync(),
  };
  return image;
};

interface Sfdisk {
  partitiontable: { partitions: { name: string; uuid: string }[] };
}

const writeEsp = async (disk: string, layout: Layout, folder: string): Promise<void> => {
  const { start, size } = layout.esp;
  const image = `${disk}@@${start}`;
  const script = `
    export MTOOLS_SKIP_CHECK=1
    mformat -i "$1" -F -T ${size / sector} -v ESP -N ${layout.espSerial} ::
    cd "$2" && [ -z "$(ls -A)" ] || mcopy -i "$1" -s -o ./* ::/
  `;
  await run("sh", ["-ec", script, "sh", image, folder]);
};

const early = (layout: Layout): string => `search.fs_uuid ${layout.rootUuid} root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
`;

/**
 * Does what grub-install does, which wants partitions that the kernel knows: modules, a core image
 * in the ESP and one in the BIOS boot partition, both reading /boot/grub/grub.cfg.
 */
export const installGrub = async ({ disk, layout, root, esp, step }: BootDisk): Promise<void> => {
  await mkdir(join(root, "boot/grub"), { recursive: true });
  await writeFile(join(root, "boot/grub/early.cfg"), early(layout));
  const modules = ["part_gpt", "ext2", "search_fs_uuid", "configfile", "normal", "linux", "boot"];
  const platforms = { "x86_64-efi": ["fat"], "i386-pc": ["biosdisk"] };
  for (const [platform, more] of Object.entries(platforms)) {
    await run("cp", ["-a", join(root, "usr/lib/grub", platform), join(root, "boot/grub")]);
    const core = `/boot/grub/${platform}/core.${platform === "i386-pc" ? "img" : "efi"}`;
    const command = ["grub-mkimage", "-O", platform, "-p", "/boot/grub", "-o", core];
    await step([...command, "-c", "/boot/grub/early.cfg", ...modules, ...more]);
  }
  await mkdir(join(esp, "EFI/BOOT"), { recursive: true });
  await copyFile(join(root, "boot/grub/x86_64-efi/core.efi"), join(esp, "EFI/BOOT/BOOTX64.EFI"));
  const core = await readFile(join(root, "boot/grub/i386-pc/core.img"));
  const boot = await readFile(join(root, "usr/lib/grub/i386-pc/boot.img"));
  const { start } = layout.biosBoot;
  core.writeBigUInt64LE(BigInt(start / sector + 1), 0x1f4);
  boot.writeBigUInt64LE(BigInt(start / sector), 0x5c);
  boot.writeUInt8(0xff, 0x64);
  boot.writeUInt16LE(0x9090, 0x66);
  await using file = await open(disk, "r+");
  await file.write(core, 0, core.length, start);
  await file.write(boot, 0, 0x1b8, 0);
};

/** Puts extlinux in /boot/extlinux, and SYSLINUX's code for GPT in the first sector. */
export const installExtlinux = async (image: BootDisk, label: string): Promise<void> => {
  const { disk, root } = image;
  const folder = join(root, "boot/extlinux");
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "extlinux.conf"),
    `default here\nserial 0 115200\nlabel here\n  ${label}\n`,
  );
  // it looks for the device that the folder is on, which steps do not have
  await run("chroot", [root, "mount", "-t", "devtmpfs", "dev", "/dev"]);
  try {
    await run("chroot", [root, "mount", "-t", "proc", "proc", "/proc"]);
    await run("chroot", [root, "extlinux", "--install", "/boot/extlinux"]);
  } finally {
    await run("sh", ["-c", 'umount "$1/proc" "$1/dev"', "sh", root]);
  }
  await run("sfdisk", [
    "--quiet",
    "--no-tell-kernel",
    "--part-attrs",
    disk,
    "1",
    "LegacyBIOSBootable",
  ]);
  const boot = await readFile(join(root, "usr/lib/syslinux/mbr/gptmbr.bin"));
  await using file = await open(disk, "r+");
  await file.write(boot, 0, Math.min(boot.length, 0x1b8), 0);
};
