import { mkdtemp, mkdir, chmod } from "node:fs/promises";
import { join } from "node:path";
import { folderInside } from "./inside.ts";
import { mounted } from "./mount.ts";

export interface TemporaryFolder {
  /** In the image. */
  path: string;
  /** Octal. */
  mode: string;
}

/** All of them together, so that they cannot take the memory of the whole machine. */
const memory = { source: "tmpfs", type: "tmpfs", options: "size=50%" };

/**
 * Lays memory over folders of the image, which are made when missing, until the scope ends: what is
 * written there never reaches the disk. Throws UnusablePath.
 */
export const openTemporary = async (
  root: string,
  folders: readonly TemporaryFolder[],
  scratch: string,
): Promise<AsyncDisposable> => {
  await using mounts = new AsyncDisposableStack();
  const shared = mounts.use(await mounted(await mkdtemp(join(scratch, "temporary-")), memory));
  for (const [index, { path, mode }] of folders.entries()) {
    const source = join(shared.path, String(index));
    await mkdir(source);
    await chmod(source, Number.parseInt(mode, 8));
    const bind = { source, type: "none", options: "bind" };
    mounts.use(await mounted(await folderInside(root, path), bind));
  }
  return mounts.move();
};
