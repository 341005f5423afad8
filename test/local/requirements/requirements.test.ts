import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { install } from "../../../local/requirements/install.ts";
import { neededRequirements } from "../../../local/requirements/missing.ts";
import { packageManager } from "../../../local/requirements/package-manager.ts";
import { installCommand, packagesFor } from "../../../core/requirements/install-command.ts";
import type { Manager, Needs, Requirement } from "../../../core/requirements/requirement.ts";
import { findCommand, withSystemFolders } from "../../../local/requirements/search-path.ts";
import { requirements } from "../../../core/requirements/table.ts";

const managers: Manager[] = ["apt", "dnf", "zypper", "pacman", "apk"];

const needs: Needs = {
  ...{ architecture: "x86_64", fileSystems: ["xfs"], distributions: ["debian"] },
  ...{ origins: ["scratch"], steps: ["shell"], boots: true },
};

const idsFor = (needs: Needs) => neededRequirements(needs).map(({ id }) => id);

test("a bake needs the tools of its own file system and distribution only", () => {
  const ids = idsFor(needs);
  expect(ids).toEqual(expect.arrayContaining(["xfs", "debian-keyring", "grub-bios"]));
  for (const other of ["ext4", "btrfs", "ubuntu-keyring"]) expect(ids).not.toContain(other);
});

test("legacy BIOS is for x86_64 only", () => {
  const ids = idsFor({ ...needs, architecture: "arm64" });
  expect(ids).not.toContain("grub-bios");
  expect(ids).toEqual(expect.arrayContaining(["grub-efi", "qemu", "firmware"]));
});

test("a machine that boots no image needs no emulator, and one that makes no disk no boot loader", () => {
  const ids = idsFor({ ...needs, origins: ["image"], boots: false });
  for (const other of ["qemu", "firmware", "grub", "grub-efi", "grub-bios", "mmdebstrap"]) {
    expect(ids).not.toContain(other);
  }
  expect(ids).toEqual(expect.arrayContaining(["blkid", "bubblewrap", "slirp4netns", "mtools"]));
});

test("no id is needed twice by one bake", () => {
  for (const architecture of ["x86_64", "arm64"] as const) {
    const ids = idsFor({ ...needs, architecture });
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test.each(managers)("%s has a package for everything", (manager) => {
  const unpackaged = requirements.filter(({ packages }) => packages[manager] === undefined);
  expect(unpackaged).toEqual([]);
});

test("every requirement can be looked for", () => {
  for (const { commands = [], files = [] } of requirements) {
    expect(commands.length + files.length).toBeGreaterThan(0);
  }
});

test("packages that bring several things are named once", () => {
  const packages = packagesFor(neededRequirements(needs), "pacman");
  expect(new Set(packages).size).toBe(packages.length);
  expect(installCommand(neededRequirements(needs), "pacman")).toContain("grub");
});

test("the command for Debian 12 is the one that was tried", () => {
  const all = { ...needs, fileSystems: ["ext4", "xfs", "btrfs"] } as const;
  expect(installCommand(neededRequirements(all), "apt").join(" ")).toBe(
    "apt-get install --yes --no-install-recommends mmdebstrap fdisk mount util-linux bash coreutils " +
      "findutils attr e2fsprogs xfsprogs btrfs-progs mtools grub-common grub-efi-amd64-bin grub-pc-bin qemu-system-x86 " +
      "ovmf bubblewrap slirp4netns iproute2 debian-archive-keyring",
  );
});

test("the system's folders are searched though the PATH lacks them", () => {
  expect(withSystemFolders("/usr/bin:/sbin")).toBe("/usr/bin:/sbin:/usr/local/sbin:/usr/sbin");
  vi.stubEnv("PATH", "/nowhere");
  expect(findCommand("losetup")).toBe("/usr/sbin/losetup");
  vi.unstubAllEnvs();
});

describe("with programs of the test's own", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ovenbird-test-"));
    vi.stubEnv("PATH", folder);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  const addProgram = async (name: string, script: string): Promise<void> => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  };

  const tool: Requirement = {
    id: "tool",
    purpose: "test",
    commands: [["tool"]],
    packages: { apt: "tool-package", dnf: "tool-package" },
  };

  test("the package manager is the one that is there", async () => {
    expect(packageManager()).toBe(undefined);
    await addProgram("pacman", "");
    expect(packageManager()).toBe("pacman");
  });

  test("apt's lists are fetched when a package cannot be found without", async () => {
    const log = join(folder, "log");
    const fresh = join(folder, "fresh");
    const script = `echo "$*" >> ${log}; case "$1" in update) > ${fresh};; *) test -e ${fresh};; esac`;
    await addProgram("apt-get", script);
    await install([tool]);
    const last = (await readFile(log, "utf8")).trim().split("\n").slice(-2);
    expect(last[0]).toBe("update");
    expect(last[1]).toMatch(/ install --yes --no-install-recommends tool-package$/);
  });

  test("an installation that fails is told with its command", async () => {
    await addProgram("dnf", "exit 7");
    await expect(install([tool])).rejects.toMatchObject({
      name: "NotReady",
      message: expect.stringContaining("`dnf install --assumeyes tool-package` failed"),
    });
  });
});
