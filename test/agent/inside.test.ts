import { mkdir, readdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join, posix, relative } from "node:path";
import { expect, test } from "vitest";
import { folderInside, inside, insideParent } from "../../agent/inside.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

/** An image's root with links in it, beside a folder that is not the image's. */
const openRoot = async (links: Record<string, string>) => {
  const folder: TemporaryFolder = await temporaryFolder();
  const root = join(folder.path, "root");
  const outside = join(folder.path, "outside");
  await mkdir(join(root, "real/deep"), { recursive: true });
  await mkdir(join(root, "etc"));
  await mkdir(outside);
  await writeFile(join(root, "etc/file"), "");
  for (const [path, target] of Object.entries(links)) await symlink(target, join(root, path));
  return {
    ...{ root, outside },
    /** The path in the image that a path leads to. */
    leads: async (path: string) => `/${relative(root, await inside(root, path))}`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

test("a path without links is itself, there or not", async () => {
  await using root = await openRoot({});
  expect(await root.leads("/etc/file")).toBe("/etc/file");
  expect(await root.leads("/not/there")).toBe("/not/there");
  expect(await root.leads("/")).toBe("/");
});

test("absolute links begin at the image's root, relative ones where they are", async () => {
  await using root = await openRoot({
    ...{ absolute: "/real/deep", relative: "real", "real/up": "../etc", "real/deep/self": "." },
  });
  expect(await root.leads("/absolute/x")).toBe("/real/deep/x");
  expect(await root.leads("/relative/deep")).toBe("/real/deep");
  expect(await root.leads("/real/up/file")).toBe("/etc/file");
  expect(await root.leads("/real/deep/self/self/x")).toBe("/real/deep/x");
});

test("no number of `..` leads out of the image, in the path or in a link", async () => {
  await using root = await openRoot({
    up: "../../../../..",
    "real/deep/far": "../../../../outside",
  });
  expect(await root.leads("/../../outside")).toBe("/outside");
  expect(await root.leads("/up/outside")).toBe("/outside");
  expect(await root.leads("/real/deep/far/x")).toBe("/outside/x");
});

test("links are followed through links", async () => {
  await using root = await openRoot({
    one: "two",
    two: "/three",
    three: "real/four",
    "real/four": "../etc",
  });
  expect(await root.leads("/one/file")).toBe("/etc/file");
});

test("a link that leads nowhere is followed all the same", async () => {
  await using root = await openRoot({ dangling: "/not/there" });
  expect(await root.leads("/dangling/x")).toBe("/not/there/x");
});

test("a loop of links is refused", async () => {
  await using root = await openRoot({ a: "b", b: "a", self: "self/x" });
  await expect(root.leads("/a")).rejects.toMatchObject({ name: "UnusablePath" });
  await expect(root.leads("/self")).rejects.toMatchObject({ name: "UnusablePath" });
});

test("a path that is longer than any is refused at once", async () => {
  await using root = await openRoot({});
  await expect(root.leads("/a".repeat(500_000))).rejects.toMatchObject({ name: "UnusablePath" });
});

test("what is to be replaced is not followed, the folders above it are", async () => {
  await using root = await openRoot({ folder: "/real", link: "/etc/file" });
  const { root: path } = root;
  expect(await insideParent(path, "/link")).toBe(join(path, "link"));
  expect(await insideParent(path, "/folder/x")).toBe(join(path, "real/x"));
});

test("folders are made inside, and refused where something else is", async () => {
  await using root = await openRoot({ host: "/outside" });
  expect(await folderInside(root.root, "/host/new")).toBe(join(root.root, "outside/new"));
  await expect(folderInside(root.root, "/etc/file/x")).rejects.toMatchObject({
    name: "UnusablePath",
  });
});

const names = ["a", "b", "c", "real", "real/deep", "etc/file", "..", "../..", ".", "outside"];

const pick = <Item>(items: readonly Item[]): Item => {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error("there is nothing to pick from");
  return item;
};

const somePath = (): string =>
  Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => pick(names)).join("/");

test("no tree of links, however it was made, leads a write out of the image", async () => {
  for (let round = 0; round < 60; round++) {
    await using root = await openRoot({});
    const made: string[] = [];
    for (const place of ["a", "b", "c", "real/a", "real/b", "real/deep/c", "etc/a"]) {
      const target = pick([
        somePath(),
        `/${somePath()}`,
        root.outside,
        `${root.outside}/${somePath()}`,
      ]);
      await symlink(target, join(root.root, place));
      made.push(`${place} → ${target}`);
    }
    for (let count = 0; count < 10; count++) {
      const wanted = `/${somePath()}/file`;
      const written = await writeInside(root.root, wanted).catch(expectRefusal);
      if (written === undefined) continue;
      expect(await realpath(written), [wanted, ...made].join("\n")).toBe(written);
      expect(written.startsWith(`${root.root}/`)).toBe(true);
    }
    expect(await readdir(root.outside), made.join("\n")).toEqual([]);
  }
});

/** What the files step does. */
const writeInside = async (root: string, path: string): Promise<string> => {
  await folderInside(root, posix.dirname(path));
  const target = await insideParent(root, path);
  await writeFile(target, "", { flag: "wx" });
  return target;
};

const expectRefusal = (error: unknown): undefined => {
  const { name, code } = error as NodeJS.ErrnoException;
  expect(["UnusablePath", "EEXIST"]).toContain(code ?? name);
};
