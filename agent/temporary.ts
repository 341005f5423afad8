import { mkdtemp, mkdir, chmod } from "node:fs/promises";
import { join } from "node:path";
import { folderInside } from "./inside.ts";
import { Mounts } from "./mount.ts";

export interface Temporary extends AsyncDisposable {
  /**
   * Where the host has the memory that lies over a folder of the image. It is no path through the
   * image, which steps could make lead elsewhere.
   */
  memoryOf(path: string): string;
}

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
): Promise<Temporary> => {
  await using held = new AsyncDisposableStack();
  const mounts = held.use(new Mounts());
  const shared = await mkdtemp(join(scratch, "temporary-"));
  await mounts.add(shared, memory);
  const memoryOf = (path: string) =>
    join(shared, String(folders.findIndex((folder) => folder.path === path)));
  for (const { path, mode } of folders) {
    const source = memoryOf(path);
    await mkdir(source);
    await chmod(source, Number.parseInt(mode, 8));
    const bind = { source, type: "none", options: "bind" };
    await mounts.add(await folderInside(root, path), bind);
  }
  const open = held.move();
  return { memoryOf, [Symbol.asyncDispose]: () => open.disposeAsync() };
};
