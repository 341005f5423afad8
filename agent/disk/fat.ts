import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CommandFailed } from "../../core/errors.ts";
import { attachLoop } from "../loop.ts";
import { mounted, type Mounted } from "../mount.ts";
import { attempt } from "../run.ts";

/*
 * A FAT volume on a kernel that has no FAT: its content is copied to a tmpfs, which is mounted in
 * its place, and what changed there is written back in the end. mtools read and write it in the
 * disk, at its offset.
 */

export interface FatOrder {
  disk: string;
  /** Bytes from the beginning of the disk. */
  volume: { start: number; size: number };
  /** Where on the host. */
  target: string;
}

/** Mounts a FAT volume, as the kernel does it or by a copy. Throws CommandFailed. */
export const mountFat = async (order: FatOrder): Promise<Mounted> => {
  if (!(await kernelHasFat())) return mountCopy(order);
  await using scope = new AsyncDisposableStack();
  const { path: source } = scope.use(await attachLoop(order.disk, order.volume));
  const options = "umask=0077,nodev,nosuid";
  const { path } = scope.use(await mounted(order.target, { source, type: "vfat", options }));
  const kept = scope.move();
  return { path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
};

const kernelHasFat = async (): Promise<boolean> =>
  (await readFile("/proc/filesystems", "utf8")).split(/\s+/).includes("vfat");

/** A path's content: a file's digest, or that it is a folder. */
type Listing = Map<string, string>;

const folder = "folder";

/** In the end what changed is written back, and may no longer fit. */
const mountCopy = async ({ disk, volume, target }: FatOrder): Promise<Mounted> => {
  const image = `${disk}@@${volume.start}`;
  await using scope = new AsyncDisposableStack();
  const options = "mode=0700,nodev,nosuid";
  scope.use(await mounted(target, { source: "tmpfs", type: "tmpfs", options }));
  await mtool(["mcopy", "-s", "-n", "-i", image, "::/", target]);
  const before = await listing(target);
  scope.defer(() => writeBack(image, target, before));
  const kept = scope.move();
  return { path: target, [Symbol.asyncDispose]: () => kept.disposeAsync() };
};

const writeBack = async (image: string, target: string, before: Listing): Promise<void> => {
  const after = await listing(target);
  refuseTwins([...after.keys()]);
  const gone = [...before].filter(([path, what]) => {
    const now = after.get(path);
    return now === undefined || (now === folder) !== (what === folder);
  });
  for (const [path, what] of gone.toReversed()) {
    await mtool([what === folder ? "mrd" : "mdel", "-i", image, `::${path}`]);
  }
  for (const [path, what] of after) {
    if (before.get(path) === what) continue;
    if (what === folder) await mtool(["mmd", "-i", image, `::${path}`]);
    else await mtool(["mcopy", "-o", "-m", "-i", image, join(target, path), `::${path}`]);
  }
};

/** Everything below a folder, each folder before what is in it. */
const listing = async (root: string, path = "/", found: Listing = new Map()): Promise<Listing> => {
  const entries = await readdir(join(root, path), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = join(path, entry.name);
    if (entry.isDirectory()) {
      found.set(at, folder);
      await listing(root, at, found);
    } else if (entry.isFile()) found.set(at, await digest(join(root, at)));
    else throw new CommandFailed(`${at} of the EFI system partition is neither file nor folder`);
  }
  return found;
};

const digest = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};

/** FAT takes names for the same that differ in capitals only. */
const refuseTwins = (paths: readonly string[]): void => {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const twin = seen.get(path.toLowerCase());
    if (twin !== undefined) {
      throw new CommandFailed(`the EFI system partition cannot hold both ${twin} and ${path}`);
    }
    seen.set(path.toLowerCase(), path);
  }
};

const mtool = async (argv: string[]): Promise<void> => {
  // they complain of geometries that no firmware has looked at for decades
  const env = { PATH: process.env["PATH"] ?? "", MTOOLS_SKIP_CHECK: "1" };
  const { status, tail } = await attempt(argv, { env });
  if (status === 0) return;
  throw new CommandFailed([`${argv[0]} failed on the EFI system partition:`, ...tail].join("\n"));
};
