import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../../support/temporary-folder.ts";

export const run = promisify(execFile);

export const mebibyte = 2 ** 20;

/** Bytes of the small disk: no whole number of cylinders, so that rounding shows. */
export const diskSize = 40 * mebibyte;

const script = "label: gpt\nstart=2048, size=77824, type=linux\n";

/** GPT, and an ext4 with a megabyte of noise: made once for a test's file. */
let disk: Promise<Buffer> | undefined;

/** A folder with that as `disk.raw` in it. */
export const openDisks = async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const at = (name: string) => join(folder.path, name);
  await mkdir(at("root"));
  disk ??= makeDisk();
  await writeSparse(at("disk.raw"), await disk);
  const kept = stack.move();
  return {
    path: folder.path,
    at,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
};
export type Disks = Awaited<ReturnType<typeof openDisks>>;

const makeDisk = async (): Promise<Buffer> => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await mkdir(at("root"));
  await writeFile(at("root/noise"), randomBytes(mebibyte));
  await run("truncate", ["--size", String(diskSize), at("disk.raw")]);
  const sfdisk = run("sfdisk", ["--quiet", "--no-tell-kernel", at("disk.raw")]);
  sfdisk.child.stdin?.end(script);
  await sfdisk;
  const place = ["-E", `offset=${mebibyte}`, "-d", at("root")];
  await run("mkfs.ext4", ["-q", "-F", ...place, at("disk.raw"), "38912k"]);
  return await readFile(at("disk.raw"));
};

/** What is all zeros becomes a hole. */
const writeSparse = async (path: string, content: Buffer): Promise<void> => {
  await using file = await open(path, "w");
  await file.truncate(content.length);
  const block = Buffer.alloc(64 * 1024);
  for (let at = 0; at < content.length; at += block.length) {
    const part = content.subarray(at, at + block.length);
    if (!block.subarray(0, part.length).equals(part)) await file.write(part, 0, part.length, at);
  }
};

/** The small disk in another format, by QEMU's own means. */
export const converted = async (
  disks: Disks,
  name: string,
  words: readonly string[],
): Promise<string> => {
  await run("qemu-img", ["convert", "-f", "raw", ...words, disks.at("disk.raw"), disks.at(name)]);
  return disks.at(name);
};

/** Overwrites bytes of a file. */
export const patch = async (path: string, position: number, bytes: Buffer): Promise<void> => {
  await using file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, position);
};

export const never = new AbortController().signal;

/** Throws unless the files are the same, byte for byte. */
export const compare = (one: string, other: string) => run("cmp", [one, other]);
