import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { rootMadeBy } from "./taken.ts";

const q1 = (content: string): string => `Q1${createHash("sha1").update(content).digest("base64")}`;

const sha256 = (content: string): Buffer => createHash("sha256").update(content).digest();

/** As apk-tools 3 write it of a package of their own format: 160 bits of a SHA-256. */
const short = (content: string): string =>
  `Q1${sha256(content).subarray(0, 20).toString("base64")}`;
const ofNewFormat = [
  ...["P:musl", "V:1.2.5-r9", "A:x86_64", "f:S", "F:new", "R:file", `Z:${short("new\n")}`],
  ...["R:link", "a:0:0:777", `Z:${short("file")}`, "R:other", `Z:${short("other\n")}`, ""],
].join("\n");

/** As they read one whose digests are whole. */
const ofWholeDigests = [
  ...[
    "P:whole",
    "V:1-r0",
    "A:x86_64",
    "F:whole",
    "R:one",
    `Z:Q1${sha256("one\n").toString("base64")}`,
  ],
  ...["R:two", `Z:Q2${sha256("two\n").toString("base64")}`, ""],
].join("\n");

/** As apk-tools write it: a link has the digest of its target. */
const database = [
  ...[
    "P:busybox",
    "V:1.37.0-r18",
    "A:x86_64",
    "F:bin",
    `R:busybox`,
    "a:0:0:4755",
    `Z:${q1("box\n")}`,
  ],
  ...[
    "R:sh",
    "a:0:0:777",
    `Z:${q1("/bin/busybox")}`,
    "F:etc",
    "M:0:0:755",
    "R:conf",
    `Z:${q1("cold\n")}`,
  ],
  ...["F:", "R:top", `Z:${q1("top\n")}`, "F:lib/old", "R:gone", `Z:${q1("")}`, ""],
].join("\n");

const installed = `
  mkdir -p "$ROOT"/{bin,etc,usr/lib/old,usr/lib/apk/db}; ln -s usr/lib "$ROOT/lib"; cd "$ROOT"
  echo box > bin/busybox; chmod 4755 bin/busybox; ln -s /bin/busybox bin/sh
  echo cold > etc/conf; echo top > top; : > lib/old/gone; chmod 644 etc/conf top lib/old/gone
  chmod 755 bin etc lib/old; cat > lib/apk/db/installed <<'END'
${database}
END
`;

describe("files of packages of apk-tools 3", () => {
  const installedNew = `
    mkdir -p "$ROOT"/{lib/apk/db,new,whole}; cd "$ROOT"; chmod 755 new whole
    echo new > new/file; echo other > new/other; ln -s file new/link
    echo one > whole/one; echo two > whole/two; chmod 644 new/* whole/*
    printf '%s\\n' '${ofNewFormat}' '${ofWholeDigests}' > lib/apk/db/installed`;

  test("differ in nothing as they were installed, whatever is kept of their digests", async () => {
    await using made = await rootMadeBy(installedNew);
    const { owned, packages } = await made.take();
    expect(packages.map(({ name }) => name)).toEqual(["musl", "whole"]);
    expect(owned).toEqual({ unowned: ["/lib/apk/db/installed"], differing: [] });
  });

  test("are told to differ in content and target", async () => {
    await using made = await rootMadeBy(`${installedNew}
      echo evil > new/file; ln -sfn /bin/dash new/link; echo evil > whole/one; echo evil > whole/two`);
    const { owned } = await made.take();
    expect(owned?.differing.map(({ path, differs }) => [path, ...differs])).toEqual([
      ["/new/file", "content"],
      ["/new/link", "content"],
      ["/whole/one", "content"],
      ["/whole/two", "content"],
    ]);
  });
});

describe("files of apk's packages", () => {
  test("differ in nothing as they were installed", async () => {
    await using made = await rootMadeBy(installed);
    const { owned, packages } = await made.take();
    expect(owned).toEqual({ unowned: ["/lib", "/usr/lib/apk/db/installed"], differing: [] });
    expect(packages.map(({ vouched }) => vouched)).toEqual(["database"]);
  });

  test("are told to differ in content, mode, owner, target and by being gone", async () => {
    await using made = await rootMadeBy(`${installed}
      echo evil > bin/busybox; chmod 755 bin/busybox; ln -sfn /bin/dash bin/sh
      echo warm > etc/conf; chown 5 top; rm lib/old/gone; chmod 1777 etc`);
    const { owned } = await made.take();
    expect(owned?.differing).toEqual([
      {
        path: "/bin/busybox",
        package: "busybox",
        differs: ["content", "mode"],
        configuration: false,
      },
      { path: "/bin/sh", package: "busybox", differs: ["content"], configuration: false },
      { path: "/etc", package: "busybox", differs: ["mode"], configuration: false },
      { path: "/etc/conf", package: "busybox", differs: ["content"], configuration: true },
      { path: "/top", package: "busybox", differs: ["owner"], configuration: false },
      { path: "/usr/lib/old/gone", package: "busybox", differs: ["missing"], configuration: false },
    ]);
  });

  test("may be asked for in another digest than another package asked for, and then differ", async () => {
    await using made = await rootMadeBy(`${installed}
      mkdir -p var/lib/dpkg/info; printf 'Package: top\\nVersion: 1\\n' > var/lib/dpkg/status
      echo /top > var/lib/dpkg/info/top.list
      (md5sum top; ) | sed 's/top/top/' > var/lib/dpkg/info/top.md5sums`);
    const { owned } = await made.take();
    expect(owned?.differing.map(({ path, package: name }) => [path, name])).toEqual([
      ["/top", "top"],
    ]);
  });
});
