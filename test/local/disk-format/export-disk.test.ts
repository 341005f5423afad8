import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { readChecksum, writeChecksum } from "../../../local/disk-format/checksum.ts";
import { exportDisk } from "../../../local/disk-format/export-disk.ts";
import { diskFormats } from "../../../local/disk-format/format.ts";
import { importDisk } from "../../../local/disk-format/import-disk.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { compare, diskSize, type Disks, mebibyte, never, openDisks, patch, run } from "./disks.ts";

const order = (disks: Disks, format: (typeof diskFormats)[number]) => ({
  ...{ disk: disks.at("disk.raw"), to: disks.at(`x.${format}`), format, signal: never },
});

/** What is in the folder beside what openDisks made. */
const results = async ({ path }: Disks) =>
  (await readdir(path)).filter((name) => name !== "disk.raw" && name !== "root").toSorted();

test.each(diskFormats)(
  "what is exported as %s comes back the same, byte for byte",
  async (format) => {
    await using disks = await openDisks();
    const parts: number[] = [];
    const exported = await exportDisk({
      ...order(disks, format),
      progress: (part) => parts.push(part),
    });
    const file = disks.at(`x.${format}`);
    const content = await readFile(file);
    expect(exported).toEqual({
      bytes: content.length,
      digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
      checksum: `${file}.sha256`,
    });
    // coreutils' own program takes it, where the file is
    const checked = await run("sha256sum", ["--check", "--strict", `x.${format}.sha256`], {
      cwd: disks.path,
    });
    expect(checked.stdout).toBe(`x.${format}: OK\n`);
    expect(parts.at(-1)).toBe(1);
    expect(parts).toEqual(parts.toSorted((one, other) => one - other));
    expect((await stat(file)).blocks * 512).toBeLessThan(diskSize / 2);
    expect(await results(disks)).toEqual([`x.${format}`, `x.${format}.sha256`]);
    const imported = await importDisk({ file, to: disks.at("back"), signal: never });
    expect(imported).toEqual({ format, bytes: diskSize, digest: exported.digest });
    await compare(disks.at("back"), disks.at("disk.raw"));
  },
);

test("a VMDK is of the kind that EC2 and vSphere take", async () => {
  await using disks = await openDisks();
  await exportDisk(order(disks, "vmdk"));
  const head = (await readFile(disks.at("x.vmdk"))).subarray(0, 4096);
  expect(head.readUInt32LE(4)).toBe(3); // vSphere finds the versions before too old
  expect(head.toString("latin1")).toContain('createType="streamOptimized"');
  expect(head.toString("latin1")).toContain('ddb.adapterType = "lsilogic"');
});

test("a VHD is of the kind that Azure takes: fixed, and not a byte larger than the disk", async () => {
  await using disks = await openDisks();
  await exportDisk(order(disks, "vhd"));
  const footer = (await readFile(disks.at("x.vhd"))).subarray(-512);
  expect(footer.readUInt32BE(60)).toBe(2);
  expect(footer.readBigUInt64BE(48)).toBe(BigInt(diskSize));
  expect((await stat(disks.at("x.vhd"))).size).toBe(diskSize + 512);
});

test("a qcow2 is not compressed, as every program reads it", async () => {
  await using disks = await openDisks();
  await patch(disks.at("disk.raw"), 4 * mebibyte, Buffer.alloc(8 * mebibyte, "noise"));
  const { bytes } = await exportDisk(order(disks, "qcow2"));
  expect(bytes).toBeGreaterThan(9 * mebibyte);
});

test("a file that is there is kept, unless it may be replaced", async () => {
  await using disks = await openDisks();
  await writeFile(disks.at("x.raw"), "mine");
  await expect(exportDisk(order(disks, "raw"))).rejects.toMatchObject({
    name: "TargetExists",
    message: expect.stringMatching(/x.raw is there already: .* --force$/),
  });
  expect(await readFile(disks.at("x.raw"), "utf8")).toBe("mine");
  expect(await results(disks)).toEqual(["x.raw"]);
  await exportDisk({ ...order(disks, "raw"), force: true });
  await compare(disks.at("x.raw"), disks.at("disk.raw"));
});

test("a file that comes meanwhile is kept too", async () => {
  await using disks = await openDisks();
  const exporting = exportDisk(order(disks, "qcow2"));
  await Promise.all([
    expect(exporting).rejects.toMatchObject({ name: "TargetExists" }),
    until(async () => (await results(disks)).length > 0).then(() =>
      writeFile(disks.at("x.qcow2"), "mine"),
    ),
  ]);
  expect(await readFile(disks.at("x.qcow2"), "utf8")).toBe("mine");
  expect(await results(disks)).toEqual(["x.qcow2"]);
});

const until = async (isTime: () => Promise<boolean>) => {
  while (!(await isTime())) await sleep(1);
};

test("a link at the target is replaced, and what it leads to is kept", async () => {
  await using disks = await openDisks();
  await writeFile(disks.at("other"), "mine");
  await symlink("other", disks.at("x.raw"));
  await exportDisk({ ...order(disks, "raw"), force: true });
  expect(await readFile(disks.at("other"), "utf8")).toBe("mine");
  await compare(disks.at("x.raw"), disks.at("disk.raw"));
});

test.each([
  ["the disk itself", "disk.raw", /is the disk that is exported/],
  ["a folder", "root", /root is there and no file/],
  ["a folder that is not there", "none/x.raw", /none is no folder: make it/],
])("%s is refused as the target", async (_, name, message) => {
  await using disks = await openDisks();
  const exporting = exportDisk({ ...order(disks, "raw"), to: disks.at(name), force: true });
  await expect(exporting).rejects.toThrow(message);
  expect(await results(disks)).toEqual([]);
});

test("an export that is stopped leaves neither a file nor a process", async () => {
  await using disks = await openDisks();
  for (const format of diskFormats) {
    const stop = new AbortController();
    const exporting = exportDisk({ ...order(disks, format), signal: stop.signal });
    await Promise.all([
      expect(exporting).rejects.toMatchObject({ name: "AbortError" }),
      until(async () => (await results(disks)).length > 0).then(() => stop.abort()),
    ]);
    expect(await results(disks)).toEqual([]);
  }
});

test("an export that is killed leaves nothing by the final name, and no process", async () => {
  await using disks = await openDisks();
  const program = join(import.meta.dirname, "../../../local/disk-format/export-disk.ts");
  const code = `const { exportDisk } = await import(${JSON.stringify(program)});
    await exportDisk({ ...${JSON.stringify(order(disks, "vmdk"))}, signal: AbortSignal.timeout(60000) });`;
  await patch(disks.at("disk.raw"), 4 * mebibyte, Buffer.alloc(30 * mebibyte, "noise"));
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
  await until(async () => (await results(disks)).some((name) => !name.endsWith(".new")));
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await results(disks)).toEqual([expect.stringMatching(/^\.x\.vmdk\./)]);
  // somebody else's, though it begins like ours
  await writeFile(disks.at(".x.vmdk.notes"), "mine");
  await exportDisk(order(disks, "raw"));
  expect(await results(disks)).toHaveLength(4);
  await exportDisk(order(disks, "vmdk"));
  expect(await results(disks)).toEqual([
    ...[".x.vmdk.notes", "x.raw", "x.raw.sha256", "x.vmdk", "x.vmdk.sha256"],
  ]);
});

test("two exports to one target take nothing from each other", async () => {
  await using disks = await openDisks();
  await patch(disks.at("disk.raw"), 4 * mebibyte, Buffer.alloc(30 * mebibyte, "noise"));
  const slow = exportDisk({ ...order(disks, "vmdk"), force: true });
  await until(async () => (await results(disks)).length > 0);
  const quick = exportDisk({ ...order(disks, "vmdk"), force: true });
  expect((await slow).bytes).toBeGreaterThan(0);
  expect((await quick).bytes).toBeGreaterThan(0);
  expect(await results(disks)).toEqual(["x.vmdk", "x.vmdk.sha256"]);
});

test("a full disk is told before, and nothing is left on it", async () => {
  await using disks = await openDisks();
  await mkdir(disks.at("small"));
  await run("mount", ["-t", "tmpfs", "-o", "size=10m", "tmpfs", disks.at("small")]);
  try {
    const exporting = exportDisk({ ...order(disks, "qcow2"), to: disks.at("small/x.qcow2") });
    await expect(exporting).rejects.toMatchObject({
      name: "NotReady",
      message: expect.stringMatching(/small has 10 MiB free, and .* takes up to \d\d MiB/),
    });
    expect(await readdir(disks.at("small"))).toEqual([]);
  } finally {
    await run("umount", [disks.at("small")]);
  }
});

test("what compresses and becomes too large for its disk is told when it is", async () => {
  await using disks = await openDisks();
  await mkdir(disks.at("small"));
  await copyFile("/dev/null", disks.at("other"));
  await run("sh", ["-c", `head -c 30M /dev/urandom > "$1"`, "sh", disks.at("noise")]);
  await run("mount", ["-t", "tmpfs", "-o", "size=18m", "tmpfs", disks.at("small")]);
  try {
    const to = disks.at("small/x.vmdk");
    const exporting = exportDisk({ ...order(disks, "vmdk"), disk: disks.at("noise"), to });
    await expect(exporting).rejects.toMatchObject({
      name: "NotReady",
      message: expect.stringContaining("small became full while"),
    });
    expect(await readdir(disks.at("small"))).toEqual([]);
  } finally {
    await run("umount", [disks.at("small")]);
  }
});

test("an older checksum is kept, or replaced with the file", async () => {
  await using disks = await openDisks();
  const sum = disks.at("x.raw.sha256");
  await writeFile(sum, "mine");
  await expect(exportDisk(order(disks, "raw"))).rejects.toMatchObject({
    name: "TargetExists",
    message: expect.stringMatching(/x.raw.sha256 is there already: .* --force$/),
  });
  expect(await results(disks)).toEqual(["x.raw.sha256"]);
  const { digest } = await exportDisk({ ...order(disks, "raw"), force: true });
  expect(await readFile(sum, "utf8")).toBe(`${digest.slice(7)}  x.raw\n`);
  expect(await readChecksum(disks.at("x.raw"))).toBe(digest);
});

test.each(["plain.raw", "with space.raw", "back\\slash.raw", "line\nend.raw", "a\rb.raw"])(
  "sha256sum checks the checksum of a file named %j, and it is read back",
  async (name) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, name);
    await writeFile(file, "content");
    const digest = `sha256:${createHash("sha256").update("content").digest("hex")}`;
    await writeChecksum(file, digest, join(folder.path, "aside"));
    await run("sha256sum", ["--check", "--strict", `${name}.sha256`], { cwd: folder.path });
    expect(await readChecksum(file)).toBe(digest);
    expect((await readdir(folder.path)).toSorted()).toEqual([name, `${name}.sha256`].toSorted());
    const { stdout } = await run("sha256sum", [name], { cwd: folder.path });
    await writeFile(`${file}.sha256`, stdout);
    expect(await readChecksum(file)).toBe(digest);
  },
);

test("a checksum that says nothing of its file is told of, and none is none", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "x.raw");
  expect(await readChecksum(file)).toBeUndefined();
  for (const text of ["", "0123  x.raw\n", `${"0".repeat(64)}  other.raw\n`]) {
    await writeFile(`${file}.sha256`, text);
    await expect(readChecksum(file)).rejects.toMatchObject({ name: "UnusableDisk" });
  }
});
