import { spawnSync } from "node:child_process";
import { mkdir, readdir, rename, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTemporary } from "../../../agent/temporary.ts";
import { type OpenImage, openImage } from "../../support/open-image.ts";
import { temporaryFolder, type TemporaryFolder } from "../../support/temporary-folder.ts";

/** What an image may have where a folder belongs. */
const things: [name: string, make: (path: string, host: string) => Promise<unknown>][] = [
  ["a link to a folder of this machine", (path, host) => symlink(host, path)],
  ["a link that climbs out", (path, host) => symlink(`../../../../../../../..${host}`, path)],
  ["a link to bubblewrap's view of this machine", (path, host) => symlink(`/oldroot${host}`, path)],
  ["a link to itself", (path) => symlink(path.slice(path.lastIndexOf("/")), path)],
  ["a file", (path) => writeFile(path, "x")],
  ["a fifo", (path) => Promise.resolve(spawnSync("mkfifo", [path]))],
];

const cases = ["proc", "sys", "dev"].flatMap((place) =>
  things.map(([thing, make]) => [`/${place}`, thing, make] as const),
);

let folder: TemporaryFolder;
let image: OpenImage;
let host: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  host = join(folder.path, "host");
  await mkdir(host);
  image = await openImage({ folder: folder.path });
});
afterAll(async () => {
  await image[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Has something else of the image's in its place while a program runs. */
const replaced = async (path: string, make: (path: string) => Promise<unknown>) => {
  const [place, aside] = [join(image.root, path), join(folder.path, "aside")];
  await rename(place, aside);
  await make(place);
  return {
    async [Symbol.asyncDispose]() {
      await rm(place, { recursive: true, force: true });
      await rename(aside, place);
    },
  };
};

describe("an image", () => {
  test.each(cases)("whose %s is %s is refused, and nothing is touched", async (path, _, make) => {
    await using instead = await replaced(path, (place) => make(place, host));
    expect(instead).toBeDefined();
    const { error } = await image.run(["/bin/true"]);
    expect(error).toMatch(new RegExp(`^UnusablePath: the image's ${path} is not a folder`));
    expect(await readdir(host)).toEqual([]);
  });

  test("without /proc, /sys and /dev gets them", async () => {
    for (const name of ["proc", "sys", "dev"]) await rmdir(join(image.root, name));
    expect(await image.sh("ls -d /proc/self /sys/class /dev/null")).toContain("/dev/null");
  });

  test.each<[string, (path: string) => Promise<unknown>]>([
    ["missing", () => Promise.resolve()],
    ["a fifo", (path) => Promise.resolve(spawnSync("mkfifo", [path]))],
    ["a folder", (path) => mkdir(path)],
    ["a link to itself", (path) => symlink("sh", path)],
    ["nothing that runs", (path) => writeFile(path, "x", { mode: 0o755 })],
  ])("whose /bin/sh is %s fails in its first program, by name", async (_, make) => {
    await using instead = await replaced("/bin/sh", make);
    expect(instead).toBeDefined();
    const { error } = await image.run(["/bin/sh", "-c", "true"]);
    expect(error).toMatch(/^CommandFailed: \/bin\/sh could not be run in the image/);
    expect((await image.run(["/bin/busybox", "true"])).status).toBe(0);
  });
});

describe("folders of an image that are laid on memory", () => {
  const folders = [
    { path: "/run", mode: "0755" },
    { path: "/tmp", mode: "1777" },
  ];

  test.each(things.slice(0, 3))("lie in the image when they are %s", async (_, make) => {
    await using own = await temporaryFolder();
    const [root, scratch] = [join(own.path, "root"), join(own.path, "scratch")];
    for (const path of [root, scratch]) await mkdir(path);
    await make(join(root, "run"), host);
    await using memory = await openTemporary(root, folders, scratch);
    expect(memory).toBeDefined();
    const { stdout } = spawnSync("findmnt", ["--raw", "--noheadings", "--output", "TARGET"], {
      encoding: "utf8",
    });
    const ours = stdout.split("\n").filter((path) => path.startsWith(own.path));
    expect(stdout.split("\n")).not.toContain(host);
    expect(ours.filter((path) => path.startsWith(root))).toHaveLength(2);
  });

  test.each(things.slice(4))("are refused when they are %s, and none is left", async (_, make) => {
    await using own = await temporaryFolder();
    const [root, scratch] = [join(own.path, "root"), join(own.path, "scratch")];
    for (const path of [root, scratch]) await mkdir(path);
    await make(join(root, "tmp"), own.path);
    await expect(openTemporary(root, folders, scratch)).rejects.toThrow("/tmp cannot be a folder");
  });

  test("take half of the memory at most, all together", async () => {
    await using own = await temporaryFolder();
    const [root, scratch] = [join(own.path, "root"), join(own.path, "scratch")];
    for (const path of [root, scratch]) await mkdir(path);
    await using memory = await openTemporary(root, folders, scratch);
    expect(memory).toBeDefined();
    await writeFile(join(root, "tmp/file"), Buffer.alloc(1024 ** 2));
    const { stdout } = spawnSync(
      "df",
      ["--output=itotal,size,used", join(root, "run"), join(root, "tmp")],
      {
        encoding: "utf8",
      },
    );
    const [, run, tmp] = stdout.split("\n");
    expect(run).toBe(tmp);
    expect(tmp).toMatch(/ 1024$/);
  });
});
