import { chmod, lstat, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BootMount } from "../../../agent/boot/mounts.ts";
import { openBootStandIns } from "../../../agent/boot/stand-ins.ts";
import { attempt } from "../../../agent/run.ts";
import type { Sandbox } from "../../../agent/sandbox.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { exists, type Leaf, makeTree, pathsIn } from "../../support/tree.ts";

const mounts: BootMount[] = [{ path: "/", type: "ext4", uuid: "11-22" }];

/** An image in a folder; its dpkg-divert is this script's, on the image's folder. */
const openImage = async (leaves: Record<string, Leaf>) => {
  const folder = await temporaryFolder();
  const root = join(folder.path, "root");
  await makeTree(root, { "usr/bin/x": "", run: { special: "folder" }, ...leaves });
  const sandbox: Sandbox = {
    ...{ root, remarks: [], [Symbol.asyncDispose]: () => Promise.resolve() },
    async run([program = "", ...words]) {
      const [from = "", to = ""] = [words.at(-1), words[words.indexOf("--divert") + 1]];
      if (program !== "dpkg-divert") return { status: 127, timedOut: false, tail: [] };
      const [a, b] = words.includes("--add") ? [from, to] : [to, from];
      return attempt(["mv", "-T", join(root, a), join(root, b)]);
    },
  };
  return {
    root,
    open: () => openBootStandIns(sandbox, mounts),
    text: (path: string) => readFile(join(root, path), "utf8"),
    paths: () => pathsIn(root),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

const rpm = { "usr/sbin/grub2-probe": "its own", "usr/sbin/grub2-install": "its own" };
const dpkg = {
  ...{ "usr/sbin/grub-probe": "its own", "usr/sbin/grub-install": "its own" },
  ...{ "usr/bin/dpkg-divert": "", "usr/bin/dpkg": "" },
};

test("GRUB's programs are the image's own again in the end, with their modes", async () => {
  for (const leaves of [rpm, dpkg]) {
    await using image = await openImage(leaves);
    for (const path of Object.keys(leaves)) await chmod(join(image.root, path), 0o750);
    const before = await image.paths();
    const [probe = ""] = Object.keys(leaves);
    {
      await using standIns = await image.open();
      for (let step = 0; step < 3; step++) await standIns.place();
      expect(await image.text(probe)).toContain("11-22");
      expect((await lstat(join(image.root, probe))).mode & 0o777).toBe(0o755);
    }
    expect(await image.paths()).toEqual(before);
    for (const path of Object.keys(leaves).filter((path) => path.includes("grub"))) {
      expect(await image.text(path)).toBe("its own");
      expect((await lstat(join(image.root, path))).mode & 0o777).toBe(0o750);
    }
  }
});

test("a program that a step's package upgraded is the upgraded one in the end", async () => {
  await using image = await openImage(dpkg);
  await using standIns = await image.open();
  await standIns.place();
  // where dpkg puts the package's own, as it was told
  await writeFile(join(image.root, "usr/sbin/grub-probe.ovenbird-original"), "upgraded");
  expect(await image.text("usr/sbin/grub-probe")).toContain("11-22");
  await standIns.place();
  await standIns[Symbol.asyncDispose]();
  expect(await image.text("usr/sbin/grub-probe")).toBe("upgraded");

  await using other = await openImage(rpm);
  const placed = await other.open();
  await placed.place();
  await rm(join(other.root, "usr/sbin/grub2-probe"));
  await writeFile(join(other.root, "usr/sbin/grub2-probe"), "upgraded");
  await placed[Symbol.asyncDispose]();
  expect(await other.text("usr/sbin/grub2-probe")).toBe("upgraded");
});

test("GRUB that a step installs is stood in for before the next", async () => {
  await using image = await openImage({ "usr/sbin": { special: "folder" } });
  await using standIns = await image.open();
  await standIns.place();
  expect(await exists(join(image.root, "usr/sbin/grub2-probe"))).toBe(false);
  await makeTree(image.root, rpm);
  await standIns.place();
  expect(await image.text("usr/sbin/grub2-probe")).toContain("11-22");
});

test("initramfs are made for any machine, where the image makes them", async () => {
  const folders: Record<string, Leaf> = {
    "etc/dracut.conf.d/01-dist.conf": 'hostonly="yes"\n',
    "etc/initramfs-tools/conf.d/driver-policy": "MODULES=dep\n",
  };
  await using image = await openImage(folders);
  const before = await image.paths();
  {
    await using standIns = await image.open();
    await standIns.place();
    const dracut = await image.text("etc/dracut.conf.d/zz-ovenbird.conf");
    expect(dracut).toContain('hostonly="no"');
    expect(await image.text("etc/initramfs-tools/conf.d/zz-ovenbird")).toBe("MODULES=most\n");
  }
  expect(await image.paths()).toEqual(before);
});

test("kernel-install finds the command line and the names of the image's own entries", async () => {
  const id = "f".repeat(32);
  const leaves: Record<string, Leaf> = {
    [`boot/loader/entries/${id}-6.1.0.conf`]:
      "version 6.1.0\noptions root=UUID=11-22 systemd.machine_id=x quiet\n",
    ...{ "etc/kernel/install.conf": "", "usr/bin/kernel-install": "", "etc/machine-id": "" },
  };
  await using image = await openImage(leaves);
  const before = await image.paths();
  {
    await using standIns = await image.open();
    await standIns.place();
    expect(await image.text("etc/kernel/cmdline")).toBe("root=UUID=11-22 quiet\n");
    expect(await image.text("etc/kernel/entry-token")).toBe(`${id}\n`);
    expect(await image.text("etc/machine-id")).toBe(`${id}\n`);
  }
  expect(await image.paths()).toEqual(before);
  expect(await image.text("etc/machine-id")).toBe("");
});

test("what the image says of its command line and its entries stays", async () => {
  await using image = await openImage({
    "boot/loader/entries/a-6.1.0.conf": "version 6.1.0\noptions root=UUID=11-22\n",
    ...{ "etc/kernel/cmdline": "its own", "etc/kernel/entry-token": "its own" },
    ...{ "usr/bin/kernel-install": "", "etc/machine-id": "" },
  });
  await using standIns = await image.open();
  await standIns.place();
  expect(await image.text("etc/kernel/cmdline")).toBe("its own");
  expect(await image.text("etc/kernel/entry-token")).toBe("its own");
  expect(await image.text("etc/machine-id")).toBe("");
});

test("folders that are links to this machine get nothing", async () => {
  await using image = await openImage({
    ...{
      outside: "x",
      "etc/dracut.conf.d": { link: "../../outside" },
      sbin: { link: "/../../outside" },
    },
  });
  const outside = join(image.root, "../outside");
  await makeTree(outside, { "grub-probe": "the host's" });
  await using standIns = await image.open();
  await standIns.place();
  expect(await pathsIn(outside)).toEqual(["grub-probe"]);
});

test("GRUB's packages are told to install on no device, in no file of the image's own", async () => {
  const config =
    "Name: a/b\nValue: x\n\nName: grub-pc/install_devices\nValue: /dev/sda\nOwners: grub-pc\n";
  await using image = await openImage({ "var/cache/debconf/config.dat": config });
  const before = await image.paths();
  {
    await using standIns = await image.open();
    const { DEBCONF_DB_OVERRIDE = "" } = await standIns.place();
    const [, path, accepted = ""] =
      /^File\{filename:\/(\S+) accept_name:(\S+)\}$/.exec(DEBCONF_DB_OVERRIDE) ?? [];
    expect(await image.text(path ?? "")).toContain("Name: grub-pc/install_devices\nTemplate");
    // a question that the image does not know yet belongs into its own database
    expect(new RegExp(accepted).test("grub-pc/install_devices")).toBe(true);
    expect(new RegExp(accepted).test("grub-pc/install_devices_empty")).toBe(false);
  }
  expect(await image.paths()).toEqual(before);
  expect(await image.text("var/cache/debconf/config.dat")).toBe(config);
  await using other = await openImage({});
  await using standIns = await other.open();
  expect(Object.keys(await standIns.place())).toEqual(["SYSTEMD_RELAX_ESP_CHECKS"]);
});
