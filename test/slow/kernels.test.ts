import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findBootFacts } from "../../agent/boot/facts.ts";
import { refreshBootLoader } from "../../agent/boot/refresh.ts";
import { openBootStandIns } from "../../agent/boot/stand-ins.ts";
import {
  type BootDisk,
  installExtlinux,
  installGrub,
  type Kernels,
  makeDebian,
  openBootDisk,
} from "../support/boot-disk.ts";
import { bootDisk } from "../support/boot-machine.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let folder: string;
let debian: string;
let kernels: Kernels;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ovenbird-kernels-"));
  debian = join(folder, "debian");
  kernels = await makeDebian(debian);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs what a bake's steps would, with what the agent puts into the image for their time. */
const steps = async (image: BootDisk, work: () => Promise<unknown>): Promise<void> => {
  await using standIns = await openBootStandIns(image.sandbox, image.mounts);
  image.environment = await standIns.place();
  await work();
};

const refresh = async (image: BootDisk) => {
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  return { boots: await refreshBootLoader({ ...image, say }), said };
};

const serial = "console=ttyS0,115200n8";
const kernel = (version: string) => `linux-image-${version}`;

/** GRUB's programs are those of their packages, and dpkg knows of no others. */
const hasItsOwnPrograms = async (image: BootDisk): Promise<void> => {
  expect(await image.step(["dpkg-divert", "--list", "*grub*"])).toBe("");
  const packages = ["grub-common", "grub2-common"];
  expect(await image.step(["dpkg", "--verify", ...packages])).toBe("");
  expect(
    (await readdir(join(image.root, "usr/sbin"))).filter((name) => name.includes("ovenbird")),
  ).toEqual([]);
};

test("a kernel that a step installs boots by GRUB, under both firmwares", async () => {
  await using scratch = await temporaryFolder();
  await using image = await openBootDisk(scratch.path, debian);
  await steps(image, async () => {
    // as an installer on a real machine leaves it: only the drivers of that machine
    const policy = join(image.root, "etc/initramfs-tools/conf.d/driver-policy");
    await writeFile(policy, "MODULES=dep\n");
    await image.install(kernel(kernels.older), "grub-efi-amd64", "grub-pc-bin");
    await writeFile(
      join(image.root, "etc/default/grub.d/x.cfg"),
      `GRUB_CMDLINE_LINUX="${serial}"\nGRUB_TERMINAL=console\n`,
    );
    await installGrub(image);
  });
  // what somebody who knows nothing of bakes writes into a step
  await steps(image, () => image.step(["update-grub"]));
  const before = await refresh(image);
  expect(before.boots).toMatchObject([{ loader: "grub", version: kernels.older }]);
  expect(before.said).toEqual([]);
  await steps(image, async () => {
    const again = ["--reinstall", "grub-common", "grub-efi-amd64", "grub2-common"];
    await image.install(kernel(kernels.newer), ...again);
  });
  const after = await refresh(image);
  expect(after.boots).toMatchObject([{ loader: "grub", version: kernels.newer }]);
  await hasItsOwnPrograms(image);
  const config = await readFile(join(image.root, "boot/grub/grub.cfg"), "utf8");
  expect(config).toContain(`root=UUID=${image.layout.rootUuid}`);
  expect(await findBootFacts({ ...image, esp: "/boot/efi" })).toMatchObject({
    bootMode: "uefi-preferred",
    operatingSystem: "Debian GNU/Linux 13 (trixie)",
  });
  const disk = await image.finish();
  for (const firmware of ["UEFI", "BIOS"] as const) {
    expect(await bootDisk(disk, firmware)).toMatchObject({ release: kernels.newer });
  }
});

test("a kernel that a step installs boots by systemd-boot, by its own command line", async () => {
  await using scratch = await temporaryFolder();
  await using image = await openBootDisk(scratch.path, debian);
  const commandLine = `root=UUID=${image.layout.rootUuid} ro ${serial} mark=parent`;
  await steps(image, async () => {
    await mkdir(join(image.root, "etc/kernel"), { recursive: true });
    await writeFile(join(image.root, "etc/kernel/cmdline"), commandLine);
    await image.install(kernel(kernels.older), "systemd-boot");
  });
  // a parent that was made on a running machine: no file says what its kernels are booted with
  await rm(join(image.root, "etc/kernel/cmdline"));
  const before = await refresh(image);
  expect(before.boots).toMatchObject([{ loader: "systemd-boot", version: kernels.older }]);
  await writeFile(join(image.root, "etc/machine-id"), "");
  await steps(image, () => image.install(kernel(kernels.newer)));
  const after = await refresh(image);
  expect(after.boots).toMatchObject([{ loader: "systemd-boot", version: kernels.newer }]);
  const entries = await readdir(join(image.esp, "loader/entries"));
  expect(entries).toHaveLength(2);
  expect(new Set(entries.map((name) => name.split("-6.")[0])).size).toBe(1);
  expect(await readdir(join(image.root, "etc/kernel"))).not.toContain("cmdline");
  expect(await findBootFacts({ ...image, esp: "/boot/efi" })).toMatchObject({ bootMode: "uefi" });
  const { release, commandLine: booted } = await bootDisk(await image.finish(), "UEFI");
  expect(release).toBe(kernels.newer);
  expect(booted).toContain("mark=parent");
  expect(booted).not.toContain("machine_id");
});

test("a kernel that a step installs boots by extlinux, whoever wrote its configuration", async () => {
  await using scratch = await temporaryFolder();
  await using image = await openBootDisk(scratch.path, debian);
  await steps(image, async () => {
    await image.install(kernel(kernels.older), "extlinux", "syslinux-common");
    await installExtlinux(
      image,
      `linux /boot/vmlinuz-${kernels.older}
  append initrd=/boot/initrd.img-${kernels.older} root=UUID=${image.layout.rootUuid} ro ${serial}`,
    );
  });
  const before = await refresh(image);
  expect(before).toMatchObject({
    boots: [{ loader: "extlinux", version: kernels.older }],
    said: [],
  });
  await steps(image, () => image.install(kernel(kernels.newer)));
  const after = await refresh(image);
  expect(after.boots).toMatchObject([{ loader: "extlinux", version: kernels.newer }]);
  const table = {
    ...image.table,
    partitions: image.table.partitions.map((one) => ({ ...one, bootable: one.number === 1 })),
  };
  expect(await findBootFacts({ ...image, table })).toMatchObject({ bootMode: "legacy-bios" });
  expect(await bootDisk(await image.finish(), "BIOS")).toMatchObject({ release: kernels.newer });
});

test("GRUB's packages are upgraded where they do not take the sandbox for a container", async () => {
  const bookworm = join(folder, "bookworm");
  await makeDebian(bookworm, "bookworm");
  await using scratch = await temporaryFolder();
  await using image = await openBootDisk(scratch.path, bookworm);
  await steps(image, () => image.install("grub-pc"));
  await mkdir(join(image.root, "boot/grub/i386-pc"));
  for (const path of ["grub.cfg", "i386-pc/core.img"])
    await writeFile(join(image.root, "boot/grub", path), "a");
  const devices = "grub-pc grub-pc/install_devices multiselect /dev/disk/by-id/gone";
  await image.step(["sh", "-c", `echo ${devices} | debconf-set-selections`]);
  image.environment = {};
  await expect(image.step(["systemd-detect-virt", "--container"])).rejects.toThrow("none");
  await expect(image.install("--reinstall", "grub-pc")).rejects.toThrow(
    "installed grub-pc package post-installation script",
  );
  await steps(image, async () => {
    await image.step(["dpkg", "--configure", "-a"], image.environment);
    await image.install("--reinstall", "grub-pc", "grub-common");
  });
  expect(await readdir(join(image.root, "run"))).not.toContain("ovenbird-debconf.dat");
  await hasItsOwnPrograms(image);
  const kept = await readFile(join(image.root, "var/cache/debconf/config.dat"), "utf8");
  expect(kept).toContain("Value: /dev/disk/by-id/gone");
  expect(await readFile(join(image.root, "boot/grub/i386-pc/core.img"), "utf8")).toBe("a");
});
