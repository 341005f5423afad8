import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRegions } from "../../../agent/disk/read-regions.ts";
import { run } from "../../../agent/run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const mebibyte = 1024 ** 2;
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** A disk with an EFI system partition of 4 MiB from its first mebibyte on; nothing in it. */
const diskIn = async (folder: string): Promise<string> => {
  const disk = join(folder, "disk.raw");
  await using file = await open(disk, "w");
  await file.truncate(8 * mebibyte);
  await run(["sfdisk", "--quiet", disk], { input: "label: gpt\nstart=1MiB, size=4MiB, type=U\n" });
  return disk;
};

const write = async (disk: string, at: number, bytes: Buffer): Promise<void> => {
  await using file = await open(disk, "r+");
  await file.write(bytes, 0, bytes.length, mebibyte + at);
};

const espOf = async (disk: string) => (await readRegions(disk)).find(({ name }) => name === "esp");

test("a region is digested up to its last byte that is no zero, and the digest is dd's", async () => {
  await using folder = await temporaryFolder();
  const disk = await diskIn(folder.path);
  expect(await espOf(disk)).toMatchObject({ digested: 0, sha256: sha256(Buffer.alloc(0)) });
  const loader = Buffer.alloc(mebibyte + 700, "boot");
  await write(disk, 0, loader);
  const place = { offset: mebibyte, size: 4 * mebibyte };
  expect(await espOf(disk)).toMatchObject({
    ...place,
    digested: loader.length,
    sha256: sha256(loader),
  });
});

test.each([
  ["among what is digested", 300],
  ["right behind it", mebibyte],
  ["on the border of what is read at once", 2 * mebibyte - 1],
  ["in the last byte", 4 * mebibyte - 1],
])("a byte %s changes a region's digest", async (_, at) => {
  await using folder = await temporaryFolder();
  const disk = await diskIn(folder.path);
  await write(disk, 0, Buffer.alloc(mebibyte, "boot"));
  const before = await espOf(disk);
  await write(disk, at, Buffer.from([1]));
  const after = await espOf(disk);
  expect(after?.sha256).not.toBe(before?.sha256);
  expect(after?.digested).toBe(Math.max(mebibyte, at + 1));
});
