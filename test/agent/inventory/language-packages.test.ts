import { execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readElf } from "../../../agent/inventory/language/elf.ts";
import { goModules } from "../../../agent/inventory/language/go.ts";
import { findLanguagePackages } from "../../../agent/inventory/language-packages.ts";
import { noOwners } from "./files-of.ts";
import { sbomText } from "../../../core/sbom/formats.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { fifo, type Leaf } from "../../support/tree.ts";
import { filesOf } from "./files-of.ts";
import { takenOf } from "./taken.ts";

const packagesOf = async (leaves: Record<string, Leaf>) => {
  await using made = await filesOf(leaves);
  const found = await findLanguagePackages(made.files, noOwners);
  return found.map(({ kind, name, version, licence }) => [kind, name, version, licence]);
};

const modules = "/srv/app/node_modules";

describe("npm's packages", () => {
  test("are those in folders of modules, by the names that they give themselves", async () => {
    const found = await packagesOf({
      [`${modules}/left-pad/package.json`]:
        '{"name":"left-pad","version":"1.3.0","license":"WTFPL"}',
      [`${modules}/@a/b/package.json`]:
        '{"name":"@a/b","version":"2.0.0","license":{"type":"MIT"}}',
      [`${modules}/alias/package.json`]:
        '{"name":"real","version":"3.0.0","licenses":["MIT","ISC"]}',
      [`${modules}/a/node_modules/b/package.json`]: '\uFEFF{"name":"b","version":"0.1.0"}',
      "/usr/share/nodejs/debian/package.json": '{"name":"debian","version":"1.0.0"}',
    });
    expect(found).toEqual([
      ["npm", "@a/b", "2.0.0", "MIT"],
      ["npm", "b", "0.1.0", undefined],
      ["npm", "debian", "1.0.0", undefined],
      ["npm", "left-pad", "1.3.0", "WTFPL"],
      ["npm", "real", "3.0.0", "MIT or ISC"],
    ]);
  });

  test("are not projects, lockfiles, folders of a package, or what makes no sense", async () => {
    const found = await packagesOf({
      "/srv/app/package.json": '{"name":"app","version":"1.0.0"}',
      "/srv/app/package-lock.json": '{"name":"app","packages":{}}',
      [`${modules}/a/dist/package.json`]: '{"name":"inner","version":"1.0.0"}',
      [`${modules}/.package-lock.json`]: "{}",
      [`${modules}/b/package.json`]: '{"type":"module"}',
      [`${modules}/c/package.json`]: "not json",
      [`${modules}/d/package.json`]: "null",
      [`${modules}/e/package.json`]: `{"name":"${"e".repeat(5000)}","version":"1.0.0"}`,
      [`${modules}/f/package.json`]: '{"name":["f"],"version":{}}',
      [`${modules}/g/package.json`]: fifo,
    });
    expect(found).toEqual([]);
  });
});

test("Python's packages are told by pip's metadata, setuptools' and eggs'", async () => {
  const site = "/usr/local/lib/python3.12/site-packages";
  const found = await packagesOf({
    [`${site}/Flask_Cors-4.0.1.dist-info/METADATA`]:
      "Metadata-Version: 2.1\nName: Flask_Cors\nVersion: 4.0.1\nLicense: MIT\n\nName: body\n",
    [`${site}/new-1.dist-info/METADATA`]:
      "Name: new\r\nVersion: 1\r\nLicense-Expression: MIT OR Apache-2.0\r\nLicense: x\r\n\r\nbody",
    [`${site}/old.egg-info/PKG-INFO`]:
      "Name: old\nVersion: 2.0\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License\n",
    [`${site}/older.egg-info`]: "Name: older\nVersion: 0.9\n",
    [`${site}/egg-1.egg/EGG-INFO/PKG-INFO`]: "Name: egg\nVersion: 1\n",
    [`${site}/none.dist-info/METADATA`]: "Name: none\n\nVersion: 1\n",
    [`${site}/pip.dist-info/RECORD`]: "Name: x\nVersion: 1\n",
  });
  expect(found).toEqual([
    ["pypi", "egg", "1", undefined],
    ["pypi", "flask-cors", "4.0.1", "MIT"],
    ["pypi", "new", "1", "MIT OR Apache-2.0"],
    ["pypi", "old", "2.0", "BSD License"],
    ["pypi", "older", "0.9", undefined],
  ]);
});

test("gems are told by the specifications that RubyGems writes", async () => {
  const folder = "/var/lib/gems/3.1.0/specifications";
  const found = await packagesOf({
    [`${folder}/rake-13.0.6.gemspec`]:
      '# -*- encoding: utf-8 -*-\n# stub: rake 13.0.6 ruby lib\n\nGem::Specification.new do |s|\n  s.name = "rake".freeze\n  s.version = "13.0.6"\n  s.licenses = ["MIT".freeze, "Ruby".freeze]\nend\n',
    [`${folder}/default/json-2.6.1.gemspec`]:
      'Gem::Specification.new do |s|\n  s.name = "json"\n  s.version = Gem::Version.new("2.6.1")\nend\n',
    [`${folder}/odd.gemspec`]: 'Gem::Specification.new { |s| s.name = File.read("x") }',
    "/srv/app/app.gemspec": 's.name = "app"\ns.version = "1"\n',
  });
  expect(found).toEqual([
    ["gem", "json", "2.6.1", undefined],
    ["gem", "rake", "13.0.6", "MIT or Ruby"],
  ]);
});

const modinfo = [
  ...["path\texample.org/own/cmd", "mod\texample.org/own\t(devel)\t"],
  ...["dep\tgolang.org/x/net\tv0.17.0\th1:x=", "dep\texample.org/old\tv1.0.0\th1:x="],
  ...["=>\texample.org/new\tv1.2.0\th1:x=", "build\t-compiler=gc", ""],
].join("\n");

const counted = (text: string): Buffer => {
  const head: number[] = [];
  let left = text.length;
  for (; left > 127; left >>= 7) head.push((left & 127) | 128);
  return Buffer.from([...head, left, ...Buffer.from(text, "latin1")]);
};

const address = 0x400000;

/** An ELF file of 64 bits with one segment that can be written, and no sections, as if stripped. */
const elfWith = (data: Buffer): Buffer => {
  const file = Buffer.alloc(Math.max(4096 + data.length, 600_000));
  file.write("\x7fELF\x02\x01\x01", 0, "latin1");
  file.writeBigUInt64LE(64n, 32); // where the segments are told of, each with 56 bytes
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(6, 68); // can be read and written
  file.writeBigUInt64LE(4096n, 72);
  file.writeBigUInt64LE(BigInt(address), 80);
  file.writeBigUInt64LE(BigInt(data.length), 96);
  data.copy(file, 4096);
  return file;
};

const header = (flags: number): Buffer => {
  const bytes = Buffer.alloc(32);
  bytes.write("\xff Go buildinf:", 0, "latin1");
  bytes[14] = 8;
  bytes[15] = flags;
  return bytes;
};

const wrapped = `${"a".repeat(16)}${modinfo}${"b".repeat(16)}`;

/** As Go writes it since 1.18, and before, when there were addresses. */
const inline = elfWith(
  Buffer.concat([Buffer.alloc(64), header(2), counted("go1.22.1"), counted(wrapped)]),
);
const pointed = (() => {
  const head = header(0);
  const at = 32 + 32;
  head.writeBigUInt64LE(BigInt(address + 32), 16);
  head.writeBigUInt64LE(BigInt(address + 48), 24);
  const pair = (where: number, length: number) => {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(BigInt(address + where), 0);
    bytes.writeBigUInt64LE(BigInt(length), 8);
    return bytes;
  };
  const texts = Buffer.from(`go1.16.5${wrapped}`, "latin1");
  return elfWith(Buffer.concat([head, pair(at, 8), pair(at + 8, wrapped.length), texts]));
})();

const modulesIn = (file: Buffer) =>
  goModules((from, length) => file.subarray(from, from + length)).map(
    ({ name, version }) => `${name} ${version}`,
  );

const own = [...["example.org/own (devel)", "golang.org/x/net v0.17.0", "example.org/new v1.2.0"]];

describe("Go's modules", () => {
  test("are told by a program itself, with what replaced others and the standard library", () => {
    expect(modulesIn(inline)).toEqual(["stdlib v1.22.1", ...own]);
    expect(modulesIn(pointed)).toEqual(["stdlib v1.16.5", ...own]);
  });

  test("of a program that is broken anywhere are fewer, or none", () => {
    for (const whole of [inline, pointed]) {
      for (let round = 0; round < 300; round++) {
        const copy = Buffer.from(whole.subarray(0, 8192));
        for (let flips = 0; flips < 20; flips++) {
          const within = flips % 2 === 0 ? 128 : 5000;
          copy[Math.floor(Math.random() * within)] = Math.floor(Math.random() * 256);
        }
        expect(modulesIn(copy).length).toBeLessThan(100);
      }
    }
  });

  test("are none in what is no program, or too small for one of Go's", () => {
    expect(modulesIn(Buffer.alloc(100_000))).toEqual([]);
    expect(modulesIn(Buffer.alloc(10))).toEqual([]);
    expect(readElf(() => Buffer.from("\x7fELF"))).toBeUndefined();
  });

  test("are none where Node itself is looked at", async () => {
    const { openSync, readSync, closeSync } = await import("node:fs");
    const descriptor = openSync(process.execPath, "r");
    const found = goModules((from, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, from));
    });
    closeSync(descriptor);
    expect(found).toEqual([]);
  });
});

/** Writes archives; `inner.jar` goes into what is made after it. */
const archives = `
import zipfile, sys, os
def pom(g, a, v): return f"#x\\ngroupId={g}\\nartifactId={a}\\nversion={v}\\n"
def make(path, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as z:
        for name, text in files.items(): z.writestr(name, text)
os.chdir(sys.argv[1])
at = "META-INF/maven/org.x/core/pom.properties"
make("core.jar", {"META-INF/MANIFEST.MF": "Implementation-Version: 9\\n", at: pom("org.x", "core", "1.2")})
make("plain-3.4.5.jar", {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\\r\\nBundle-Symbol\\r\\n icName: odd;x\\r\\n"})
make("bundle.jar", {"META-INF/MANIFEST.MF": "Bundle-SymbolicName: org.b;singleton:=true\\nBundle-Version: 7\\n"})
make("shaded.jar", {at: pom("org.x", "core", "1.0"), "META-INF/maven/org.y/y/pom.properties": pom("org.y", "y", "2")})
inner = open("core.jar", "rb").read()
make("inner.jar", {"lib/deep.jar": inner, "META-INF/maven/org.z/z/pom.properties": pom("org.z", "z", "5")})
make("app.war", {"WEB-INF/lib/core.jar": inner, "WEB-INF/lib/inner.jar": open("inner.jar", "rb").read(), "WEB-INF/lib/bad.jar": "no zip"})
make("bomb.jar", {at: "groupId=a" + "\\n" * 50_000_000})
os.remove("inner.jar")
open("broken.jar", "wb").write(inner[:-30])
open("text.jar", "w").write("no zip")
`;

test("Java's archives are told by Maven's files in them, one level deep, or by the manifest", async () => {
  await using made = await filesOf({ "/opt/x/none.jar": "" });
  execFileSync("python3", ["-c", archives, join(made.root, "opt/x")]);
  const inventory = await takenOf(made.root);
  const found = (inventory.languagePackages ?? []).map(({ name, version, path }) =>
    [path.slice("/opt/x/".length), name, version].join(" "),
  );
  expect(found).toEqual([
    ...[
      "bundle.jar org.b 7",
      "shaded.jar org.x:core 1.0",
      "app.war org.x:core 1.2",
      "core.jar org.x:core 1.2",
    ],
    ...["shaded.jar org.y:y 2", "app.war org.z:z 5", "plain-3.4.5.jar plain 3.4.5"],
  ]);
});

test("an image's packages of languages are in its SBOM, with their URLs", async () => {
  await using folder = await temporaryFolder();
  const write = async (path: string, content: string | Buffer, mode = 0o644) => {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), content);
    await chmod(join(folder.path, path), mode);
  };
  await write("usr/local/bin/own", inline, 0o755);
  await write("srv/node_modules/@a/b/package.json", '{"name":"@a/b","version":"1.0.0"}');
  const inventory = await takenOf(folder.path);
  const text = sbomText(inventory, "it", "cyclonedx");
  for (const purl of [
    ...["pkg:npm/%40a/b@1.0.0", "pkg:golang/stdlib@v1.22.1"],
    ...["pkg:golang/golang.org/x/net@v0.17.0", "pkg:golang/example.org/own"],
  ]) {
    expect(text).toContain(`"purl": "${purl}"`);
  }
  expect(sbomText(inventory, "it", "spdx")).toContain("pkg:npm/%40a/b@1.0.0");
});
