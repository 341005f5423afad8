import type { Buffer } from "node:buffer";
import { constants, copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type ListThere, listsOf, releasesIn } from "./lists.ts";
import { listName } from "./list-name.ts";
import { type Release, signedRelease } from "./release.ts";

/**
 * Lists of packages that bakes of one machine share. A list has its digest for a name, and is put
 * only into an image that trusts who signed the Release which names it. apt asks the repository for
 * a newer Release all the same, and fetches the lists that changed. It is never worth an error:
 * what is not there, apt fetches.
 */
export interface ListCache {
  /** Puts what an image's sources name into its empty folder of lists, by a path of the host. */
  seed(root: string, folder: string): Promise<void>;
  /** Keeps a list that is what its Release names, and that Release. */
  keep(list: ListThere): Promise<void>;
}

/** Nothing of an image may run while either works. */
export const openListCache = (cache: string): ListCache => ({
  seed: (root, folder) => seed(cache, root, folder).catch(() => undefined),
  keep: (list) => keep(cache, list).catch(() => undefined),
});

const releaseName = "InRelease";

const seed = async (cache: string, root: string, folder: string): Promise<void> => {
  for (const { url, keys } of await releasesIn(root)) {
    const prefix = listName(url);
    const data = await found(join(cache, `${prefix}${releaseName}`));
    const release = data && signedRelease(data, await keys());
    if (data === undefined || release?.signer === undefined) continue;
    await seedLists(cache, join(folder, prefix), release);
    const path = join(folder, `${prefix}${releaseName}`);
    await writeFile(path, data, { flag: "wx" });
    // apt asks for what is newer than the file: an old Release must not pass for today's
    const date = release.date ?? new Date(0);
    await utimes(path, date, date);
  }
};

const seedLists = async (cache: string, prefix: string, release: Release): Promise<void> => {
  for (const { path } of listsOf(release)) {
    const digest = release.digests.get(path);
    if (digest === undefined) continue;
    await copyFile(join(cache, digest), `${prefix}${listName(path)}`, copyFlags).catch(missing);
  }
};

const keep = async (cache: string, list: ListThere): Promise<void> => {
  const { prefix, place, ending, digest, release } = list;
  if (ending !== "" || digest === undefined || release.signer === undefined) return;
  const data = await found(`${prefix}${releaseName}`);
  if (data === undefined) return; // old repositories have a signature apart
  await mkdir(cache, { recursive: true });
  const there = await stat(join(cache, digest)).catch(missing);
  if (there === undefined) await whole(cache, digest, (part) => copyFile(place, part, copyFlags));
  const name = `${basename(prefix)}${releaseName}`;
  if ((await found(join(cache, name)))?.equals(data) === true) return;
  await whole(cache, name, (part) => writeFile(part, data));
  await prune(cache);
};

const copyFlags = constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL;

/** A file appears whole, or not at all. */
const whole = async (
  cache: string,
  name: string,
  write: (part: string) => Promise<void>,
): Promise<void> => {
  const part = join(cache, `${name}.${process.hrtime.bigint()}.part`);
  await write(part);
  await rename(part, join(cache, name));
};

/** Milliseconds that a file is kept: a suite that changes has newer ones by then. */
const lifetime = 30 * 24 * 3600 * 1000;

const prune = async (cache: string): Promise<void> => {
  for (const name of await readdir(cache)) {
    const { mtimeMs } = await stat(join(cache, name));
    if (Date.now() - mtimeMs > lifetime) await rm(join(cache, name), { force: true });
  }
};

const found = (path: string): Promise<Buffer | undefined> => readFile(path).catch(missing);

const missing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== "ENOENT") throw error;
};
