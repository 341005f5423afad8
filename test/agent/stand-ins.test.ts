import { execFile } from "node:child_process";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { StandIns, stepStandIns } from "../../agent/stand-ins.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

const standIn = { path: "/etc/resolv.conf", content: "nameserver 10.0.2.3\n", mode: 0o644 };

/** An image with a folder for the file that is stood in for. */
const openImage = async () => {
  const folder = await temporaryFolder();
  const path = join(folder.path, standIn.path);
  await mkdir(join(folder.path, "etc"));
  return {
    root: folder.path,
    path,
    standIns: new StandIns(folder.path, [standIn]),
    names: () => readdir(join(folder.path, "etc")),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

test("a file of the image's is back in the end, with its owner and mode", async () => {
  await using image = await openImage();
  await writeFile(image.path, "nameserver 1.1.1.1\n");
  await chown(image.path, 1000, 1001);
  await chmod(image.path, 0o640);
  await image.standIns.place();
  expect(await readFile(image.path, "utf8")).toBe(standIn.content);
  await image.standIns.remove();
  expect(await readFile(image.path, "utf8")).toBe("nameserver 1.1.1.1\n");
  expect(await lstat(image.path)).toMatchObject({ uid: 1000, gid: 1001, mode: 0o100640 });
  expect(await image.names()).toEqual(["resolv.conf"]);
});

test("a link of the image's is back in the end, and was not followed", async () => {
  await using image = await openImage();
  await symlink("/run/stub", image.path);
  await image.standIns.place();
  expect((await lstat(image.path)).isFile()).toBe(true);
  await image.standIns.remove();
  expect(await readlink(image.path)).toBe("/run/stub");
});

test("where the image has nothing, there is nothing in the end", async () => {
  await using image = await openImage();
  await image.standIns.place();
  await image.standIns.place();
  await image.standIns.remove();
  expect(await image.names()).toEqual([]);
});

test("what a step put in its place is what the image keeps", async () => {
  await using image = await openImage();
  await writeFile(image.path, "the image's\n");
  await image.standIns.place();
  await rm(image.path);
  await symlink("/run/other", image.path);
  await image.standIns.remove();
  expect(await readlink(image.path)).toBe("/run/other");
  expect(await image.names()).toEqual(["resolv.conf"]);
});

test("what a step put in its place gives way to the next step, and is kept", async () => {
  await using image = await openImage();
  await writeFile(image.path, "the image's\n");
  await image.standIns.place();
  await writeFile(image.path, "the step's\n");
  await image.standIns.place();
  expect(await readFile(image.path, "utf8")).toBe(standIn.content);
  await image.standIns.remove();
  expect(await readFile(image.path, "utf8")).toBe("the step's\n");
});

test("what a step removed stays removed, whether it was the last step or not", async () => {
  for (const more of [0, 1]) {
    await using image = await openImage();
    await writeFile(image.path, "the image's\n");
    await image.standIns.place();
    await rm(image.path);
    for (let step = 0; step < more; step++) await image.standIns.place();
    await image.standIns.remove();
    expect([more, await image.names()]).toEqual([more, []]);
  }
});

test("a file of the image's that is the same as the stand-in stays", async () => {
  await using image = await openImage();
  await writeFile(image.path, standIn.content);
  await image.standIns.place();
  await image.standIns.place();
  await image.standIns.remove();
  expect(await readFile(image.path, "utf8")).toBe(standIn.content);
});

test("a folder in its place is put back, too", async () => {
  await using image = await openImage();
  await mkdir(image.path);
  await writeFile(join(image.path, "file"), "");
  await image.standIns.place();
  await image.standIns.remove();
  expect(await readdir(image.path)).toEqual(["file"]);
});

test("an immutable file of the image's is stood in for, and immutable again in the end", async () => {
  await using image = await openImage();
  const flags = async () => (await run("lsattr", ["-d", image.path])).stdout.split(" ")[0];
  await writeFile(image.path, "nameserver 1.1.1.1\n");
  await run("chattr", ["+i", image.path]);
  try {
    await image.standIns.place();
    expect(await readFile(image.path, "utf8")).toBe(standIn.content);
    await image.standIns.remove();
    expect(await readFile(image.path, "utf8")).toBe("nameserver 1.1.1.1\n");
    expect(await flags()).toContain("i");
  } finally {
    await run("chattr", ["-i", image.path]);
  }
  expect(await image.names()).toEqual(["resolv.conf"]);
});

test("a file in an immutable folder is named in the error", async () => {
  await using image = await openImage();
  await run("chattr", ["+i", join(image.root, "etc")]);
  try {
    await expect(image.standIns.place()).rejects.toMatchObject({
      name: "UnusablePath",
      message: expect.stringMatching(/^\/etc\/resolv.conf of the image cannot be changed/),
    });
  } finally {
    await run("chattr", ["-i", join(image.root, "etc")]);
  }
});

test("what an agent that was killed put aside is the image's own for the next one", async () => {
  await using image = await openImage();
  await symlink("/run/stub", image.path);
  await image.standIns.place();
  const next = new StandIns(image.root, [standIn]);
  await next.place();
  expect(await readFile(image.path, "utf8")).toBe(standIn.content);
  await next.remove();
  expect(await readlink(image.path)).toBe("/run/stub");
  expect(await image.names()).toEqual(["resolv.conf"]);
});

const pathsWith = (program?: string) =>
  stepStandIns("", program === undefined ? undefined : { program }).map(({ path }) => path);

test("packages' questions are not asked ahead, which only apt does", () => {
  const always = ["/etc/resolv.conf", "/usr/sbin/policy-rc.d"];
  expect(pathsWith("apt-get")).toEqual([...always, "/usr/sbin/dpkg-preconfigure"]);
  expect([pathsWith("dnf"), pathsWith()]).toEqual([always, always]);
});
