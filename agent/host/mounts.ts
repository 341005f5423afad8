import { relative } from "node:path";
import { UnusablePath } from "../../core/errors.ts";
import type { HostMount } from "../../core/host.ts";
import { noMountPoint } from "../../core/mount-point.ts";
import type { BootMount } from "../boot/mounts.ts";
import { inside } from "../inside.ts";
import { type Mounted, mounted } from "../mount.ts";
import { folderMeanwhile } from "./folder-meanwhile.ts";

/**
 * Mounts folders of the builder, or memory, in the image until the scope ends; `own` are the
 * image's file systems. Throws UnusablePath, CommandFailed.
 */
export const openHostMounts = async (
  root: string,
  mounts: readonly HostMount[],
  own: readonly BootMount[],
): Promise<AsyncDisposable> => {
  await using scope = new AsyncDisposableStack();
  for (const mount of mounts) {
    refuse(mount.path, `/${relative(root, await inside(root, mount.path))}`, own);
    const folder = scope.use(await folderMeanwhile(root, mount.path));
    scope.use(await unmovable(root, mount.path, await mounted(folder.path, orderOf(mount))));
  }
  return scope.move();
};

/** The image's links may lead to where nothing can be mounted. */
const refuse = (path: string, place: string, own: readonly BootMount[]): void => {
  const isOwn = own.some((one) => one.path === place);
  const why = isOwn ? "the image has a file system of its own there" : noMountPoint(place);
  if (why === undefined) return;
  const led = place === path ? "" : `, which leads to ${place}`;
  throw new UnusablePath(`nothing can be mounted on ${path} of the image${led}: ${why}`);
};

/** Nothing of the builder's is a device in the image, or makes anyone root there. */
const always = "nodev,nosuid";

const orderOf = (mount: HostMount) =>
  mount.kind === "tmpfs"
    ? { source: "tmpfs", type: "tmpfs", options: `${always},mode=0755,size=${mount.size}m` }
    : {
        ...{ source: mount.source, type: "none" },
        // what else is mounted in the folder stays out
        options: `bind,${mount.writable ? "rw" : "ro"},${always}`,
      };

/** A step can move a folder above a mount point, and put a link to the builder's in its place. */
const unmovable = async (root: string, path: string, mount: Mounted): Promise<AsyncDisposable> => ({
  async [Symbol.asyncDispose]() {
    if ((await inside(root, path)) === mount.path) return mount[Symbol.asyncDispose]();
    throw new UnusablePath(`a step moved ${path}, where the recipe has something mounted`);
  },
});
