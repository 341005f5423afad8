import { randomBytes } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { findRecipe } from "../../../local/archive/find-recipe.ts";
import { type Limits, usualLimits } from "../../../core/archive/limits.ts";
import { unpackBundle } from "../../../local/archive/unpack-bundle.ts";
import { findCommand } from "../../../local/requirements/search-path.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { tar, tarGz, type TarEntry, zip, type ZipEntry } from "./hand-made.ts";

const run = promisify(execFile);
const never = new AbortController().signal;

/** A folder with a file beside where bundles are unpacked. */
const openPlace = async () => {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await writeFile(at("outside"), "not the bundle's");
  return {
    at,
    path: folder.path,
    async unpack(name: string, content: Buffer, limits?: Limits) {
      await writeFile(at(name), content);
      await unpackBundle({ archive: at(name), to: at("to"), signal: never, limits });
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

/** A real bundle: files with modes, an empty folder, links, and 3 MB of noise. */
const makeSource = async (folder: string) => {
  await mkdir(join(folder, "site/empty"), { recursive: true });
  await writeFile(join(folder, "recipe.yaml"), "image:\n  name: web\n");
  await writeFile(join(folder, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(join(folder, "site/secret"), "hush", { mode: 0o600 });
  await writeFile(join(folder, "site/noise"), randomBytes(3_000_000));
  await writeFile(join(folder, "site/ünï \\x2d code.service"), "");
  await symlink("../run.sh", join(folder, "site/link"));
  await writeFile(join(folder, `site/${"long".repeat(40)}`), "");
};

test.each([
  ["bundle.tar.gz", "source", ["tar", "-czf"]],
  ["bundle.tgz", ".", ["tar", "--format=pax", "-czf"]],
  ["bundle.TAR.GZ", "source", ["tar", "--format=gnu", "-czf"]],
])("%s, as tar makes it, becomes the folder that it was made of", async (name, top, argv) => {
  await using place = await openPlace();
  await makeSource(place.at("source"));
  const [program = "", ...rest] = argv;
  const folder = top === "." ? place.at("source") : place.path;
  await run(program, [...rest, place.at(name), "-C", folder, top]);
  await unpackBundle({ archive: place.at(name), to: place.at("to"), signal: never });
  const inner = join(place.at("to"), top);
  await run("diff", ["-r", "--no-dereference", place.at("source"), inner]);
  expect(await findRecipe(place.at("to"))).toBe(join(inner, "recipe.yaml"));
  expect((await stat(join(inner, "run.sh"))).mode & 0o7777).toBe(0o755);
  expect((await stat(join(inner, "site/secret"))).mode & 0o7777).toBe(0o600);
  expect(await readlink(join(inner, "site/link"))).toBe("../run.sh");
});

const python = findCommand("python3");

test.runIf(python)(`a zip that Python made (where it is) becomes its folder`, async () => {
  await using place = await openPlace();
  await makeSource(place.at("source"));
  const code = "import shutil, sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])";
  await run("python3", ["-c", code, place.at("bundle"), place.at("source")]);
  await unpackBundle({ archive: place.at("bundle.zip"), to: place.at("to"), signal: never });
  await run("diff", ["-r", place.at("source"), place.at("to")]); // it follows links, and so did zip
  expect((await stat(place.at("to/run.sh"))).mode & 0o7777).toBe(0o755);
});

test("a zip keeps links and modes, where it has them", async () => {
  await using place = await openPlace();
  await place.unpack(
    "x.zip",
    zip(
      { name: "a/link", mode: 0o120777, content: "../b" },
      { name: "b", mode: 0o100755, content: "hello" },
      { name: "c/" },
      { name: "c\\d", content: "of Windows" },
    ),
  );
  expect(await readFile(place.at("to/a/link"), "utf8")).toBe("hello");
  expect((await stat(place.at("to/b"))).mode & 0o7777).toBe(0o755);
  expect((await stat(place.at("to/c/d"))).mode & 0o7777).toBe(0o644);
});

test("a hard link to a file before it is that file; others' right to write is dropped", async () => {
  await using place = await openPlace();
  const file = { name: "./a/file", content: "hello", mode: 0o777 };
  await place.unpack("x.tgz", tarGz(file, { name: "b", type: "1", target: "a/file" }));
  expect((await stat(place.at("to/b"))).ino).toBe((await stat(place.at("to/a/file"))).ino);
  expect((await stat(place.at("to/b"))).mode & 0o7777).toBe(0o755);
});

test("names that differ in case alone are two files, as on Linux they are", async () => {
  await using place = await openPlace();
  await place.unpack(
    "x.tgz",
    tarGz({ name: "File", content: "1" }, { name: "file", content: "2" }),
  );
  expect(await readFile(place.at("to/File"), "utf8")).toBe("1");
  expect(await readFile(place.at("to/file"), "utf8")).toBe("2");
});

/** Nothing is at the target after it, nothing new beside it, and nothing that was is changed. */
const expectRefused = async (name: string, content: Buffer, message: RegExp, limits?: Limits) => {
  await using place = await openPlace();
  await expect(place.unpack(name, content, limits)).rejects.toMatchObject({
    name: "UnusableArchive",
    message: expect.stringMatching(message),
  });
  expect((await readdir(place.path)).toSorted()).toEqual([name, "outside"].toSorted());
  expect(await readFile(place.at("outside"), "utf8")).toBe("not the bundle's");
};

const file = { name: "recipe.yaml", content: "image:\n" };

const hostileTars: [what: string, message: RegExp, entries: TarEntry[]][] = [
  ["an absolute name", /\/tmp\/x in it is absolute/, [{ name: "/tmp/x" }]],
  ["a name that leads upwards", /\.\.\/outside in it leads upwards/, [{ name: "../outside" }]],
  [
    "a name that leads down and up",
    /a\/\.\.\/\.\.\/outside in it leads up/,
    [{ name: "a/../../outside" }],
  ],
  [
    "an absolute link",
    /a in it is a link to \/etc\/passwd, which is absolute/,
    [{ name: "a", type: "2", target: "/etc/passwd" }],
  ],
  [
    "a link out of the bundle",
    /a\/b in it is a link to \.\.\/\.\.\/outside, which leads out of the bundle/,
    [{ name: "a/b", type: "2", target: "../../outside" }],
  ],
  [
    "a link that leads out by another link",
    /a\/c in it is a link to b\/\.\.\/\.\.\/outside, which goes down and up again/,
    [
      { name: "a/b", type: "2", target: ".." },
      { name: "a/c", type: "2", target: "b/../../outside" },
    ],
  ],
  [
    "a file through a link",
    /a in it is there as a link and as a folder/,
    [
      { name: "a", type: "2", target: "." },
      { name: "a/outside", content: "theirs" },
    ],
  ],
  [
    "a file where a link is",
    /a in it is there twice/,
    [
      { name: "a", type: "2", target: "b" },
      { name: "a", content: "theirs" },
    ],
  ],
  [
    "a link where a folder is",
    /a in it is there twice/,
    [
      { name: "a/b", content: "theirs" },
      { name: "a", type: "2", target: "c" },
    ],
  ],
  [
    "a folder where a file is",
    /a in it is there as a file and as a folder/,
    [{ name: "a" }, { name: "a/b" }],
  ],
  ["the same file twice", /a\/b in it is there twice/, [{ name: "a/b" }, { name: "./a//b" }]],
  [
    "a hard link to a file of the host",
    /a in it is a hard link to \/etc\/shadow, which is no file before it/,
    [{ name: "a", type: "1", target: "/etc/shadow" }],
  ],
  [
    "a hard link out of the bundle",
    /is a hard link to \.\.\/outside, which is no file/,
    [{ name: "a", type: "1", target: "../outside" }],
  ],
  [
    "a hard link to a link",
    /is a hard link to a, which is no file/,
    [
      { name: "a", type: "2", target: "c" },
      { name: "b", type: "1", target: "a" },
    ],
  ],
  ["a character device", /a in it is a device/, [{ name: "a", type: "3" }]],
  ["a block device", /a in it is a device/, [{ name: "a", type: "4" }]],
  ["a fifo", /a in it is a fifo/, [{ name: "a", type: "6" }]],
  [
    "an entry of GNU tar's sparse kind",
    /of a kind that is not known, a/,
    [{ name: "a", type: "S" }],
  ],
  ["a sparse file of a pax archive", /is a sparse file/, [{ name: "GNUSparseFile.1/a" }]],
  ["a setuid file", /a in it is setuid or setgid/, [{ name: "a", mode: 0o4755 }]],
  ["a setgid file", /a in it is setuid or setgid/, [{ name: "a", mode: 0o2755 }]],
  [
    "a name with a newline",
    /a\\u\{a\}b in it has characters that do not print/,
    [{ name: "a\nb" }],
  ],
  [
    "a name that drives the terminal",
    /\\u\{1b\}\[2Jb in it has characters/,
    [{ name: "\u001b[2Jb" }],
  ],
  ["a name that reads backwards", /\\u\{202e\}/, [{ name: "a\u202etxt.exe" }]],
  [
    "a name that is no UTF-8",
    /has characters that do not print, or no UTF-8/,
    [{ name: Buffer.from([0x61, 0xff]) }],
  ],
  [
    "a target with an escape",
    /\\u\{1b\}.*which has characters/,
    [{ name: "a", type: "2", target: "\u001bc" }],
  ],
  [
    "a file without a name",
    /in it is no folder, and has no name/,
    [{ name: "./", type: "2", target: "a" }],
  ],
];

test.each(hostileTars)(
  "a tar with %s is refused, and nothing of it is kept",
  async (_, message, bad) => {
    await expectRefused("x.tar.gz", tarGz(file, ...bad), message);
  },
);

/** A pax header with a record in it, for the entry after it. */
const pax = (key: string, value: string): TarEntry => {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length + 2).length;
  return { name: "pax", type: "x", content: `${length}${rest}` };
};

test.each([
  ["that is absolute", "/outside", /\/outside in it is absolute/],
  ["of more than 255 bytes", "a".repeat(256), /has a name of more than 255 bytes/],
  ["of more than a path holds", "ab/".repeat(2000), /is too long/],
])("a pax name %s is refused", async (_, path, message) => {
  await expectRefused("x.tgz", tarGz(pax("path", path), { name: "a" }), message);
});

test("a pax name ends at its first NUL, as for programs in C", async () => {
  await using place = await openPlace();
  await place.unpack("x.tgz", tarGz(pax("path", "a\0/../../outside"), { name: "b" }));
  expect(await readdir(place.at("to"))).toEqual(["a"]);
});

const hostileZips: [what: string, message: RegExp, entries: ZipEntry[]][] = [
  ["an absolute name", /absolute/, [{ name: "/tmp/x" }]],
  ["a name that leads upwards", /\.\.\/outside/, [{ name: "../outside" }]],
  ["a name that leads upwards by backslashes", /\.\.\/outside/, [{ name: "..\\outside" }]],
  ["a name of a Windows drive", /C:/, [{ name: "C:\\outside" }]],
  [
    "a link out of the bundle",
    /which leads out/,
    [{ name: "a", mode: 0o120777, content: "../outside" }],
  ],
  [
    "a link of 5000 characters",
    /a target that is too long/,
    [{ name: "a", mode: 0o120777, content: "a".repeat(5000) }],
  ],
  [
    "a file through a link",
    /as a link and as a folder/,
    [{ name: "a", mode: 0o120777, content: "." }, { name: "a/b" }],
  ],
  ["a device", /a in it is a device/, [{ name: "a", mode: 0o020666 }]],
  ["a fifo", /a in it is a fifo/, [{ name: "a", mode: 0o010666 }]],
  ["a socket", /a in it is no file, folder or link/, [{ name: "a", mode: 0o140666 }]],
  ["a setuid file", /a in it is setuid/, [{ name: "a", mode: 0o104755 }]],
  ["the same file twice", /a in it is there twice/, [{ name: "a" }, { name: "a" }]],
  ["a name with an escape", /\\u\{1b\}b in it has characters/, [{ name: "\u001bb" }]],
  ["a NUL in a name", /a\\u\{0\}b in it has characters/, [{ name: "a\0b" }]],
  ["an encrypted file", /a in it is encrypted/, [{ name: "a", stated: { flags: 0x801 } }]],
  ["an unknown packing", /packed by method 14/, [{ name: "a", stated: { method: 14 } }]],
  ["a wrong checksum", /a in it is damaged/, [{ name: "a", content: "hello", stated: { crc: 1 } }]],
  [
    "more in a file than it says",
    /cannot be unpacked/,
    [{ name: "a", content: "hello", stated: { size: 2 } }],
  ],
  [
    "less in a file than it says",
    /cannot be unpacked/,
    [{ name: "a", content: "hello", stated: { size: 9 } }],
  ],
];

test.each(hostileZips)(
  "a zip with %s is refused, and nothing of it is kept",
  async (_, message, bad) => {
    await expectRefused("x.zip", zip(file, ...bad), message);
  },
);

const zeros = Buffer.alloc(70 * 2 ** 20);

test.each([
  ["x.zip", zip(file, { name: "bomb", content: zeros })],
  ["x.tgz", tarGz(file, { name: "bomb", content: zeros })],
  ["x.tar.gz", gzipSync(Buffer.concat([tar(file), zeros]))],
])("a bomb in %s is refused by the ratio, which the message says", async (name, content) => {
  await expectRefused(name, content, /it unpacks to more than 200 times its own size/);
});

test("an archive is refused over the bytes, hard links counted, and over the entries", async () => {
  const limits = { ...usualLimits, bytes: 2500 };
  const kilobyte = { name: "a", content: randomBytes(1000) };
  const two = tarGz(kilobyte, { ...kilobyte, name: "b" });
  await using place = await openPlace();
  await place.unpack("x.tgz", two, limits);
  const links = ["b", "c"].map((name) => ({ name, type: "1", target: "a" }));
  await expectRefused("x.tgz", tarGz(kilobyte, ...links), /more than 2.5 kB/, limits);
  const many = [{ name: "a" }, { name: "b" }, { name: "c" }];
  const few = { ...usualLimits, entries: 2 };
  await expectRefused("x.tgz", tarGz(...many), /more than 2 files and folders/, few);
  await expectRefused("x.zip", zip(...many), /more than 2 files and folders/, few);
});

const whole = { name: "noise", content: randomBytes(5000) };

test.each([
  [
    "a tar.gz that is cut off",
    "x.tar.gz",
    tarGz(file, whole).subarray(0, 4000),
    /unexpected end of file/,
  ],
  [
    "a tar that was cut off before",
    "x.tar.gz",
    gzipSync(tar(file, whole).subarray(0, 4000)),
    /Truncated/,
  ],
  [
    "a tar without an end",
    "x.tar.gz",
    gzipSync(tar(file).subarray(0, 1024)),
    /it has no end: it is cut off/,
  ],
  ["a zip that is cut off", "x.zip", zip(file, whole).subarray(0, 4000), /cannot be unpacked/],
  [
    "a zip by the name of a tar",
    "x.tgz",
    zip(file),
    /by its name a tar\.gz, and by its content a zip/,
  ],
  [
    "a tar by the name of a zip",
    "x.zip",
    tarGz(file),
    /by its name a zip, and by its content a tar\.gz/,
  ],
  ["an unpacked tar by the name of a packed one", "x.tar.gz", tar(file), /by its content neither/],
  [
    "another kind of archive",
    "x.tar.xz",
    tar(file),
    /is no archive by its name: a bundle is a \.tar\.gz/,
  ],
  ["an archive packed twice", "x.tgz", gzipSync(tarGz(file)), /it is packed twice/],
  ["a packed text", "x.tgz", gzipSync("hello ".repeat(500)), /cannot be unpacked/],
  ["an empty file", "x.zip", Buffer.alloc(0), /by its content neither/],
  ["a damaged header", "x.tgz", damaged(), /checksum failure/],
])("%s is refused, and nothing of it is kept", async (_, name, content, message) => {
  await expectRefused(name, content, message);
});

function damaged(): Buffer {
  const content = tar(file, whole);
  content.write("x", 1024);
  return gzipSync(content);
}

test("what is at the target already is kept", async () => {
  await using place = await openPlace();
  await mkdir(place.at("to"));
  await writeFile(place.at("to/mine"), "mine");
  await expect(place.unpack("x.tgz", tarGz(file))).rejects.toThrow(/EEXIST/);
  expect(await readdir(place.at("to"))).toEqual(["mine"]);
});

test.each(["x.tgz", "x.zip"])(
  "unpacking %s ends when it is stopped, and leaves nothing",
  async (name) => {
    await using place = await openPlace();
    const many = Array.from({ length: 2000 }, (_, index) => ({
      name: `f${index}`,
      content: "hello",
    }));
    await writeFile(place.at(name), name === "x.zip" ? zip(...many) : tarGz(...many));
    const stop = new AbortController();
    const unpacking = unpackBundle({
      archive: place.at(name),
      to: place.at("to"),
      signal: stop.signal,
    });
    const isUnpacked = () =>
      readdir(place.at("to")).then(
        ({ length }) => length > 5,
        () => false,
      );
    await Promise.all([
      expect(unpacking).rejects.toMatchObject({ name: "AbortError" }),
      (async () => {
        while (!(await isUnpacked()));
        stop.abort();
      })(),
    ]);
    expect((await readdir(place.path)).toSorted()).toEqual(["outside", name]);
  },
);

test("a folder, a fifo, and nothing are no archives", async () => {
  await using place = await openPlace();
  await mkdir(place.at("folder.zip"));
  await run("mkfifo", [place.at("fifo.zip")]);
  for (const [name, message] of [
    ["folder.zip", /is no regular file/],
    ["fifo.zip", /is no regular file/],
    ["none.zip", /there is no such file/],
  ] as const) {
    const unpacking = unpackBundle({ archive: place.at(name), to: place.at("to"), signal: never });
    await expect(unpacking).rejects.toMatchObject({
      name: "UnusableArchive",
      message: expect.stringMatching(message),
    });
  }
});
