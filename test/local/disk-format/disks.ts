import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../../support/temporary-folder.ts";

export const run = promisify(execFile);

export const mebibyte = 2 ** 20;

/** Bytes of the small disk: no whole number of cylinders, so that rounding shows. */
export const diskSize = 40 * mebibyte;

const script = "label: gpt\nstart=2048, size=77824, type=linux\n";

/** A folder with `disk.raw` in it: GPT, and an ext4 with a megabyte of noise. */
export const openDisks = async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const at = (name: string) => join(folder.path, name);
  await mkdir(at("root"));
  await writeFile(at("root/noise"), randomBytes(mebibyte));
  await run("truncate", ["--size", String(diskSize), at("disk.raw")]);
  const sfdisk = run("sfdisk", ["--quiet", "--no-tell-kernel", at("disk.raw")]);
  sfdisk.child.stdin?.end(script);
  await sfdisk;
  const place = ["-E", `offset=${mebibyte}`, "-d", at("root")];
  await run("mkfs.ext4", ["-q", "-F", ...place, at("disk.raw"), "38912k"]);
  const kept = stack.move();
  return {
    path: folder.path,
    at,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
};
export type Disks = Awaited<ReturnType<typeof openDisks>>;

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
