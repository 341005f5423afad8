import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { readDatabases } from "../../../agent/inventory/packages.ts";
import type { Package } from "../../../core/inventory.ts";
import { run } from "../../../agent/run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const exec = promisify(execFile);
const fixtures = join(import.meta.dirname, "fixtures");

/** A root with these files in it. */
const rootWith = async (files: Record<string, string | Buffer>) => {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), content);
  }
  return folder;
};

const packagesOf = async (files: Record<string, string | Buffer>) => {
  await using root = await rootWith(files);
  return await readDatabases(root.path);
};

const dpkg = "/var/lib/dpkg/status";
const apk = "/lib/apk/db/installed";

test("a root without package databases has no packages, and no database", async () => {
  expect(await packagesOf({ "/etc/passwd": "" })).toMatchObject({ databases: [], packages: [] });
});

describe("dpkg's packages", () => {
  test("are what dpkg-query says of a real status file, but those of which only configuration is left", async () => {
    const status = await readFile(join(fixtures, "dpkg-status"));
    const said = (await readFile(join(fixtures, "dpkg-query.txt"), "utf8")).trimEnd().split("\n");
    const { packages, databases } = await packagesOf({ [dpkg]: status });
    const fields = packages.map((one) =>
      [
        ...[one.name, one.version, one.architecture, one.source?.name, one.source?.version],
        one.state ?? "installed",
      ].join("\t"),
    );
    expect(fields.toSorted()).toEqual(
      said.filter((line) => !line.endsWith("config-files")).toSorted(),
    );
    expect(said.length).toBeGreaterThan(fields.length);
    expect(databases).toEqual([{ kind: "dpkg", path: dpkg, packages: 12 }]);
  });

  test("are read of images that have a file for each in status.d, and no dpkg", async () => {
    const { packages } = await packagesOf({
      "/var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12\nArchitecture: amd64\n",
      "/var/lib/dpkg/status.d/base.md5sums": "d41d8cd98f00b204e9800998ecf8427e  etc/issue\n",
      "/var/lib/dpkg/status.d/tz": "Package: tzdata\nVersion: 2026a\nArchitecture: all\n",
    });
    expect(packages.map(({ name }) => name)).toEqual(["base-files", "tzdata"]);
  });

  test("that make no sense are counted, and the others read", async () => {
    const good = "Package: good\nStatus: install ok installed\nVersion: 1\n";
    const broken = [
      "Status: install ok installed\nVersion: 1\n",
      "Package: no-version\nStatus: install ok installed\n",
      `Package: long\nVersion: ${"9".repeat(5000)}\n`,
      "\0\0\0 nothing at all",
      "Description: x\n Package: in-a-description\n Version: 1\n",
    ];
    const found = await packagesOf({ [dpkg]: [...broken, good].join("\n\n") });
    expect(found.packages.map(({ name }) => name)).toEqual(["good"]);
    const problem = "it has 5 entries without a usable name or version";
    expect(found.databases).toEqual([{ kind: "dpkg", path: dpkg, packages: 1, problem }]);
  });

  test("are found behind links that lead about the image, and only there", async () => {
    await using root = await rootWith({
      "/usr/share/state/status": "Package: inside\nVersion: 1\n",
    });
    await mkdir(join(root.path, "var/lib"), { recursive: true });
    await symlink("/usr/share/state", join(root.path, "var/lib/dpkg"));
    const { packages } = await readDatabases(root.path);
    expect(packages.map(({ name }) => name)).toEqual(["inside"]);
  });
});

const status = (...names: string[]): string =>
  names.map((name) => `Package: ${name}\nVersion: 1\n`).join("\n");

describe("licences of dpkg's packages", () => {
  const form = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/";
  const openssl = [
    `${form}\nUpstream-Name: OpenSSL`,
    "Files: *\nCopyright: the authors\nLicense: Apache-2.0",
    "Files: debian/*\nCopyright: others\nLicense: GPL-2+ or Artistic\n text of it",
    "Files: x\nCopyright: others\nLicense: Apache-2.0",
    "License: Not-Of-A-File\n text of it",
  ].join("\n\n");

  test("are those of its files, where its copyright file is in Debian's form", async () => {
    const { packages } = await packagesOf({
      [dpkg]: status("openssl", "free", "one", "none"),
      "/usr/share/doc/openssl/copyright": openssl,
      "/usr/share/doc/free/copyright": "Files: of anybody\nLicense: see the books",
      "/usr/share/doc/one/copyright": `${form}\n\nFiles: *\nLicense: GPL-2+ or Artistic\n`,
    });
    expect(packages.map(({ name, licence }) => [name, licence])).toEqual([
      ["free", undefined],
      ["none", undefined],
      ["one", "GPL-2+ or Artistic"],
      ["openssl", "Apache-2.0 and (GPL-2+ or Artistic)"],
    ]);
  });

  test("are found behind links, which lead about the image and to nothing but files", async () => {
    await using root = await rootWith({
      [dpkg]: status("linked", "outside", "fifo", "../../etc", "folder"),
      "/usr/share/doc/real/copyright": openssl,
      "/usr/share/doc/fifo/other": "",
      "/usr/share/etc/copyright": openssl,
      "/usr/share/doc/folder/copyright/x": openssl,
    });
    await symlink("/usr/share/doc/real", join(root.path, "usr/share/doc/linked"));
    await symlink(join(root.path, "usr/share/doc/real"), join(root.path, "usr/share/doc/outside"));
    await run(["mkfifo", join(root.path, "usr/share/doc/fifo/copyright")]);
    const { packages } = await readDatabases(root.path);
    expect(packages.flatMap(({ name, licence }) => (licence ? [name] : []))).toEqual(["linked"]);
  });
});

describe("apk's packages", () => {
  const installed = [
    "C:Q1hPmlpjDBvn9rA2pKyHYZ1uG2cmM=\nP:musl\nV:1.2.5-r10\nA:x86_64\nS:411216\nI:667648",
    "T:the musl c library (libc) implementation\nU:https://musl.libc.org/\nL:MIT\no:musl",
    "F:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1KLpkGcAfYBvDPMlRzz2C8T3jIYU=\n",
    "C:Q1N1bJ0QgcDuk9ZSlVgJYkmTYpYkE=\nP:ssl_client\nV:1.37.0-r18\nA:x86_64\no:busybox\nF:usr/bin\n",
    "P:.build-deps\nV:20260101.000000\nA:noarch\n",
  ].join("\n");

  const expected: Package[] = [
    {
      kind: "apk",
      name: ".build-deps",
      version: "20260101.000000",
      architecture: "noarch",
      vouched: "database",
    },
    {
      ...{ kind: "apk", name: "musl", version: "1.2.5-r10", architecture: "x86_64" },
      ...{ source: { name: "musl", version: "1.2.5-r10" }, licence: "MIT" },
      vouched: "database",
    },
    {
      ...{ kind: "apk", name: "ssl_client", version: "1.37.0-r18", architecture: "x86_64" },
      ...{ source: { name: "busybox", version: "1.37.0-r18" }, vouched: "database" },
    },
  ];

  test("are read with what they were built from", async () => {
    expect((await packagesOf({ [apk]: installed })).packages).toEqual(expected);
  });

  test("are those that awk finds in a database, all of them in all versions", async () => {
    const many = Array.from({ length: 300 }, (_, at) =>
      [
        ...[`C:Q1${at}=`, `P:name-${at}`, `V:${at}.${at % 7}_p${at}-r${at % 4}`, "A:aarch64"],
        ...["S:1", "T:P:not a name", "D:so:libc", "F:usr", "R:V:file", "a:0:0:755", ""],
      ].join("\n"),
    );
    await using root = await rootWith({ [apk]: `${installed}\n${many.join("\n")}` });
    const awk = ["/^P:/ { name = substr($0, 3) } /^V:/ { version = substr($0, 3) }"];
    awk.push("/^A:/ { print name, version, substr($0, 3) }");
    const { stdout } = await exec("awk", [awk.join(" "), join(root.path, apk)]);
    const { packages } = await readDatabases(root.path);
    const found = packages.map((one) => `${one.name} ${one.version} ${one.architecture}`);
    expect(found.toSorted()).toEqual(stdout.trimEnd().split("\n").toSorted());
    expect(found).toHaveLength(303);
  });

  test("are read once, where /lib is /usr/lib", async () => {
    await using root = await rootWith({ "/usr/lib/apk/db/installed": installed });
    await symlink("usr/lib", join(root.path, "lib"));
    const found = await readDatabases(root.path);
    expect(found.packages).toEqual(expected);
    expect(found.databases).toEqual([{ kind: "apk", path: apk, packages: 3 }]);
  });
});

describe("a package database that cannot be read", () => {
  test.each([
    ["/lib/apk/db/installed.adb", "it is the format of apk-tools 3, which is not read yet"],
    ["/usr/lib/sysimage/rpm/Packages.db", "it does not begin as rpm's ndb does"],
    ["/var/lib/rpm/Packages", "it does not begin as a hash of Berkeley DB does"],
  ])("%s is named with the reason", async (path, problem) => {
    const { databases, packages } = await packagesOf({ [path]: "anything" });
    expect(databases).toEqual([expect.objectContaining({ path, packages: 0, problem })]);
    expect(packages).toEqual([]);
  });

  test("because it is none, or too large, is named, and does not hold up", async () => {
    await using root = await rootWith({ "/lib/apk/db/here": "" });
    const at = (path: string) => join(root.path, path);
    await mkdir(at("var/lib/dpkg/status"), { recursive: true });
    await writeFile(at("var/lib/dpkg/status.d"), "");
    await run(["mkfifo", at("lib/apk/db/installed")]);
    await mkdir(at("var/lib/rpm"));
    await run(["truncate", "--size=1T", at("var/lib/rpm/rpmdb.sqlite")]);
    const { databases } = await readDatabases(root.path);
    expect(databases.map(({ path, problem }) => [path, problem])).toEqual([
      ["/var/lib/dpkg/status", "it is not a file"],
      ["/var/lib/dpkg/status.d", "it is no folder that can be read: ENOTDIR"],
      ["/lib/apk/db/installed", "it is not a file"],
      ["/var/lib/rpm/rpmdb.sqlite", "it has 1099511627776 bytes, and at most 536870912 are read"],
    ]);
  });
});
