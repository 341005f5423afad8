import { copyFile, link, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BakeJob } from "../core/job.ts";
import { mounted } from "./mount.ts";

/** Where apt keeps the packages it fetches. */
export interface PackageCache extends AsyncDisposable {
  /** Adds what was fetched to the cache that bakes share. */
  keep(): Promise<void>;
}

/** Milliseconds that a package is kept: by then the suite has newer ones of most. */
const lifetime = 30 * 24 * 3600 * 1000;

/**
 * Mounts the bake's own folder for apt's packages on `archives`, so that they never reach the
 * image's disk; the shared cache of that suite fills it, and is filled from it. It is the bake's
 * own because apt locks its folder, and two bakes may fetch at once. Only mmdebstrap works in it,
 * never a step, which could leave a package of its own making for other bakes. Without a cache it
 * is a tmpfs.
 */
export const openPackageCache = async (
  cache: BakeJob["packageCache"],
  suite: string,
  archives: string,
): Promise<PackageCache> => {
  if (cache === undefined) {
    const memory = await mounted(archives, { source: "tmpfs", type: "tmpfs" });
    return { keep: () => Promise.resolve(), [Symbol.asyncDispose]: memory[Symbol.asyncDispose] };
  }
  const { own } = cache;
  const shared = join(cache.shared, suite);
  await mkdir(shared, { recursive: true });
  await mkdir(join(own, "partial"), { recursive: true });
  await addMissing(shared, own);
  const bound = await mounted(archives, { source: own, type: "none", options: "bind" });
  return {
    async keep() {
      await addMissing(own, shared);
      await prune(shared);
    },
    async [Symbol.asyncDispose]() {
      await bound[Symbol.asyncDispose]();
      await rm(own, { recursive: true, force: true });
    },
  };
};

const addMissing = async (from: string, to: string): Promise<void> => {
  const here = new Set(await packagesIn(to));
  const missing = (await packagesIn(from)).filter((name) => !here.has(name));
  await Promise.all(missing.map((name) => linkOrCopy(join(from, name), join(to, name))));
};

/**
 * What cannot be added is left out: another bake may add or prune it at this moment, and apt
 * fetches a package that it does not find.
 */
const linkOrCopy = async (from: string, to: string): Promise<void> => {
  const linked = await link(from, to).catch((error: NodeJS.ErrnoException) => error);
  if (linked?.code !== "EXDEV") return;
  // the two folders lie on two file systems; a package appears whole, or not at all
  const part = `${to}.${process.hrtime.bigint()}.part`;
  await copyFile(from, part)
    .then(() => rename(part, to))
    .catch(() => rm(part, { force: true }));
};

const packagesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith(".deb"));

const prune = async (folder: string): Promise<void> => {
  // what a killed copy left, too
  for (const name of await readdir(folder)) {
    const fetched = await stat(join(folder, name)).catch(() => undefined);
    // ctime: apt gives a package the archive's own modification time
    if (fetched !== undefined && Date.now() - fetched.ctimeMs > lifetime) {
      await rm(join(folder, name), { force: true });
    }
  }
};
