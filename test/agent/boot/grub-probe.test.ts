import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { grubInstall, grubProbe } from "../../../agent/boot/grub-probe.ts";
import type { BootMount } from "../../../agent/boot/mounts.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const run = promisify(execFile);

const uuid = "0a1b2c3d-0000-4000-8000-000000000001";
const bootUuid = "0a1b2c3d-0000-4000-8000-000000000002";
const mounts: BootMount[] = [
  {
    ...{
      path: "/",
      type: "btrfs",
      uuid,
      label: "it's $(touch /x) `a`\n\u001b[31m",
      subvolume: "/@",
    },
    partition: { table: "gpt", number: 1, uuid: "part-1" },
  },
  {
    ...{ path: "/boot", type: "ext4", uuid: bootUuid },
    partition: { table: "dos", number: 5, uuid: "0badcafe-05" },
  },
  { path: "/srv/data", type: "zfs_member", uuid: "1234" },
];

/** Runs it where a path is a path of an image, which has the mounts' folders. */
const probe = async (parameters: string[], of: BootMount[] = mounts): Promise<string> => {
  await using folder = await temporaryFolder();
  for (const path of ["boot/grub", "srv/data", "dev", "proc", "tmp"]) {
    await mkdir(join(folder.path, path), { recursive: true });
  }
  await writeFile(join(folder.path, "probe"), grubProbe(of));
  await chmod(join(folder.path, "probe"), 0o755);
  const binds = ["/usr", "/bin", "/lib", "/lib64"].flatMap((path) => ["--ro-bind-try", path, path]);
  const sandbox = ["--bind", folder.path, "/", ...binds, "--dev", "/dev", "--chdir", "/boot"];
  return (await run("bwrap", [...sandbox, "/probe", ...parameters])).stdout;
};

const answer = (...parameters: string[]): Promise<string> => probe(parameters);

describe("in the place of grub-probe", () => {
  test("paths lead to the file system that they are on", async () => {
    expect(await answer("--target=fs_uuid", "/")).toBe(`${uuid}\n`);
    expect(await answer("-t", "fs_uuid", "/boot/grub")).toBe(`${bootUuid}\n`);
    expect(await answer("-tfs_uuid", ".")).toBe(`${bootUuid}\n`);
    expect(await answer("--target", "fs", "/boot/")).toBe("ext2\n");
    expect(await answer("--target=fs", "/usr")).toBe("btrfs\n");
  });

  test("devices are what it called them itself", async () => {
    const device = (await answer("--target=device", "/boot")).trim();
    expect(device).toBe(`/dev/disk/by-uuid/${bootUuid}`);
    expect(await answer("--device", device, "--target=partuuid")).toBe("0badcafe-05\n");
    expect(await answer("--target=drive", "-d", device)).toBe("(hd0,msdos5)\n");
    expect(await answer("--device", "/dev/disk/by-partuuid/part-1", "-t", "partmap")).toBe("gpt\n");
    expect(await answer("-d", device, "-t", "hints_string")).toContain("--hint-bios=hd0,msdos5");
    expect(await answer("-d", device, "-t", "abstraction")).toBe("");
  });

  test("a label is text, whatever is in it", async () => {
    expect(await answer("--target=fs_label", "/")).toBe("it's $(touch /x) `a`\n\u001b[31m\n");
  });

  const refused = {
    "a target that it does not know": ["--target=zero_check", "/"],
    "an option that it does not know": ["--frobnicate", "/"],
    "a device of this machine": ["--device", "/dev/sda", "--target=fs"],
    "a path that is not there": ["--target=fs", "/not/there"],
    "a file system that GRUB does not read": ["--target=fs", "--device", "/dev/disk/by-uuid/1234"],
    "a label where there is none to ask about": ["--target=fs_label"],
    "two things at once": ["--target=fs", "/", "/boot"],
  };
  test.each(Object.entries(refused))("%s is refused, loudly", async (_, parameters) => {
    await expect(probe(parameters)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("only answers while an image is baked") as string,
    });
  });

  test("a logical volume is found by its name", async () => {
    const volume = [{ path: "/", type: "xfs", uuid, logicalVolume: "vg-root" }];
    expect(await probe(["-t", "device", "/"], volume)).toBe("/dev/mapper/vg-root\n");
    expect(await probe(["-t", "abstraction", "-d", "/dev/mapper/vg-root"], volume)).toBe("lvm\n");
  });
});

const install = (env: Record<string, string>) =>
  run("sh", ["-c", grubInstall, "sh", "/dev/sda"], {
    env: { PATH: process.env["PATH"], ...env },
  });

describe("in the place of grub-install", () => {
  test("packages' scripts succeed, and say that nothing happened", async () => {
    const { stderr } = await install({ DPKG_MAINTSCRIPT_PACKAGE: "grub-pc" });
    expect(stderr).toContain("stays as it is");
  });

  test("a step that runs it by hand fails", async () => {
    await expect(install({})).rejects.toMatchObject({ code: 1 });
  });
});
