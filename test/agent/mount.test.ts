import { execFile } from "node:child_process";
import { mkdir, readdir, rename, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { mounted, Mounts } from "../../agent/mount.ts";
import { openTemporary } from "../../agent/temporary.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);
const memory = { source: "tmpfs", type: "tmpfs" };

test("what was mounted below a folder that is a link by now is not looked for behind the link", async () => {
  await using folder = await temporaryFolder();
  const [root, host] = [join(folder.path, "root"), join(folder.path, "host")];
  await mkdir(join(host, "b"), { recursive: true });
  await run("mount", ["-t", "tmpfs", "tmpfs", join(host, "b")]);
  const place = await mounted(join(root, "a/b"), memory);
  await rename(join(root, "a"), join(root, "moved"));
  await symlink(host, join(root, "a"));
  await expect(place[Symbol.asyncDispose]()).rejects.toMatchObject({
    name: "UnusablePath",
    message: expect.stringMatching(/^a step moved a folder that \S+\/root\/a\/b lies in/),
  });
  await run("umount", [join(host, "b")]); // it is still there
  await unlink(join(root, "a"));
  await rename(join(root, "moved"), join(root, "a"));
  await place[Symbol.asyncDispose]();
});

test("the memory that lies over a folder of the image is reached by no path through the image", async () => {
  await using folder = await temporaryFolder();
  const [root, host] = [join(folder.path, "root"), join(folder.path, "host")];
  await mkdir(join(root, "x"), { recursive: true });
  await mkdir(join(host, "run"), { recursive: true });
  await symlink("x/run", join(root, "run"));
  const scratch = join(folder.path, "scratch");
  await mkdir(scratch);
  const open = await openTemporary(root, [{ path: "/run", mode: "0755" }], scratch);
  await rename(join(root, "x"), join(root, "z"));
  await symlink(host, join(root, "x"));
  await writeFile(join(open.memoryOf("/run"), "file"), "text");
  expect(await readdir(join(host, "run"))).toEqual([]);
  expect(await readdir(join(root, "z/run"))).toEqual(["file"]);
  await unlink(join(root, "x"));
  await rename(join(root, "z"), join(root, "x"));
  await open[Symbol.asyncDispose]();
});

test("mounts that lie in each other are undone together, the last first", async () => {
  await using folder = await temporaryFolder();
  const outer = join(folder.path, "outer");
  const mounts = new Mounts();
  await mounts.add(outer, memory);
  await mounts.add(join(outer, "inner"), memory);
  await writeFile(join(outer, "inner/file"), "text");
  await mounts[Symbol.asyncDispose]();
  expect(await readdir(outer)).toEqual([]);
});

test("of several mounts the one that was moved is told of, and the others are undone", async () => {
  await using folder = await temporaryFolder();
  const [one, other] = [join(folder.path, "a/one"), join(folder.path, "other")];
  const mounts = new Mounts();
  await mounts.add(one, memory);
  await mounts.add(other, memory);
  await rename(join(folder.path, "a"), join(folder.path, "b"));
  await expect(mounts[Symbol.asyncDispose]()).rejects.toThrow(/^a step moved a folder that /);
  await writeFile(join(other, "file"), "on the disk");
  await expect(run("umount", [other])).rejects.toThrow(/not mounted/);
  await run("umount", [join(folder.path, "b/one")]);
});
