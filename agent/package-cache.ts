import { link, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { mounted } from "./mount.ts";

/** Where apt keeps the packages it fetches. */
export interface PackageCache extends AsyncDisposable {
  /** Adds what was fetched to the cache that bakes share. */
  keep(): Promise<void>;
}

/** Milliseconds that a package is kept: by then the suite has newer ones of most. */
const lifetime = 30 * 24 * 3600 * 1000;

/**
 * Mounts a folder for apt's packages on `archives`, so that they never reach the image's disk. It
 * lies beside the shared cache and has a link to each package in it: apt locks its folder, and two
 * bakes may fetch at once. Only mmdebstrap works in it, never a step, which could leave a package
 * of its own making for other bakes. Without a shared cache it is a tmpfs.
 */
export const openPackageCache = async (
  shared: string | undefined,
  archives: string,
): Promise<PackageCache> => {
  if (shared === undefined) {
    const memory = await mounted(archives, { source: "tmpfs", type: "tmpfs" });
    return { keep: () => Promise.resolve(), [Symbol.asyncDispose]: memory[Symbol.asyncDispose] };
  }
  const own = `${shared}.${process.hrtime.bigint()}`;
  await mkdir(shared, { recursive: true });
  await mkdir(join(own, "partial"), { recursive: true });
  await linkPackages(shared, own);
  const bound = await mounted(archives, { source: own, type: "none", options: "bind" });
  return {
    async keep() {
      await linkPackages(own, shared);
      await prune(shared);
    },
    async [Symbol.asyncDispose]() {
      await bound[Symbol.asyncDispose]();
      await rm(own, { recursive: true, force: true });
    },
  };
};

const linkPackages = async (from: string, to: string): Promise<void> => {
  const here = new Set(await packagesIn(to));
  const missing = (await packagesIn(from)).filter((name) => !here.has(name));
  // another bake may add or prune the same package at this moment
  await Promise.all(
    missing.map((name) => link(join(from, name), join(to, name)).catch(() => undefined)),
  );
};

const packagesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith(".deb"));

const prune = async (folder: string): Promise<void> => {
  for (const name of await packagesIn(folder)) {
    const fetched = await stat(join(folder, name)).catch(() => undefined);
    // ctime: apt gives a package the archive's own modification time
    if (fetched !== undefined && Date.now() - fetched.ctimeMs > lifetime) {
      await rm(join(folder, name), { force: true });
    }
  }
};
