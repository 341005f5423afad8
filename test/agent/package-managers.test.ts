import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageManagerOf, packageManagers } from "../../agent/package-managers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe.each(packageManagers)("$program", (manager) => {
  const { program } = manager;

  test("is told where the names begin, if it is one that can be told", () => {
    for (const argv of [manager.install(["a", "b"]), manager.remove(["a", "b"])]) {
      expect(argv[0]).toBe(program);
      expect(argv.slice(-2)).toEqual(["a", "b"]);
      expect(argv.at(-3) === "--").toBe(program !== "dnf");
    }
  });

  test("asks no question", () => {
    const quiet = { "apt-get": "--yes", dnf: "--assumeyes", zypper: "--non-interactive" };
    const option = (quiet as Record<string, string>)[program];
    for (const argv of [manager.install(["a"]), manager.remove(["a"]), manager.upgrade]) {
      if (option !== undefined) expect(argv).toContain(option);
    }
  });

  test("has its lists on a tmpfs, where they are looked for", () => {
    expect(manager.caches.length).toBeGreaterThan(0);
    for (const path of manager.caches) expect(path).toMatch(/^\/var\//);
  });
});

test.each([
  ["apt-get", "install --", ["usr/bin/apt-get"]],
  ["dnf", "install", ["usr/bin/dnf"]],
  ["zypper", "install --", ["usr/bin/zypper"]],
  ["apk", "add --", ["sbin/apk"]],
])("an image with %s is changed by it", async (program, words, paths) => {
  await using folder = await temporaryFolder();
  for (const path of paths) await makeProgram(join(folder.path, path));
  const manager = await packageManagerOf(folder.path);
  expect(manager?.program).toBe(program);
  expect(manager?.install(["x"]).join(" ")).toContain(words);
});

test("an image with a foreign manager beside its own is changed by its own", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["dnf", "apt-get"]) await makeProgram(join(folder.path, "usr/bin", name));
  expect((await packageManagerOf(folder.path))?.program).toBe("apt-get");
});

test("a manager is found through the image's links, and never on this machine", async () => {
  await using folder = await temporaryFolder();
  await makeProgram(join(folder.path, "usr/bin/dnf-3"));
  await symlink("usr/bin", join(folder.path, "bin"));
  await symlink("/bin/dnf-3", join(folder.path, "usr/bin/dnf"));
  await symlink("/usr/bin/env", join(folder.path, "usr/bin/apt-get"));
  expect((await packageManagerOf(folder.path))?.program).toBe("dnf");
});

test("a link that leads in a circle is no manager", async () => {
  await using folder = await temporaryFolder();
  await makeProgram(join(folder.path, "usr/bin/dnf"));
  await symlink("apt-get", join(folder.path, "usr/bin/apt-get"));
  expect((await packageManagerOf(folder.path))?.program).toBe("dnf");
});

test("an image without any has none", async () => {
  await using folder = await temporaryFolder();
  expect(await packageManagerOf(folder.path)).toBeUndefined();
});

const makeProgram = async (path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "#!/bin/sh\n");
  await chmod(path, 0o755);
};
