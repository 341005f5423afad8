import { lstat, readdir } from "node:fs/promises";
import { inside } from "../inside.ts";
import { compareVersions } from "./versions.ts";

/** A kernel that is installed: with its modules, and where a package put it. */
export interface Kernel {
  version: string;
  /** Its path in the image. */
  image: string;
  /** What kernel-install is to install: a package's own file, where it is not in /boot itself. */
  source: string;
  /** Its initramfs beside it; undefined where none is. */
  initramfs?: string | undefined;
}

/** The image's kernels, the newest first. */
export const installedKernels = async (root: string): Promise<Kernel[]> => {
  const kernels: Kernel[] = [];
  for (const version of await namesIn(root, "/lib/modules")) {
    const image = await firstFile(root, [
      ...["vmlinuz", "vmlinux", "Image"].map((name) => `/boot/${name}-${version}`),
      `/lib/modules/${version}/vmlinuz`,
    ]);
    if (image === undefined) continue;
    const initramfs = await firstFile(root, [
      // Debian, Fedora, SUSE
      ...[
        `/boot/initrd.img-${version}`,
        `/boot/initramfs-${version}.img`,
        `/boot/initrd-${version}`,
      ],
    ]);
    const source = (await firstFile(root, [`/lib/modules/${version}/vmlinuz`])) ?? image;
    kernels.push({ version, image, source, initramfs });
  }
  return kernels.toSorted((one, other) => compareVersions(other.version, one.version));
};

/**
 * The version that a kernel's path has in it: `/boot/vmlinuz-6.1.0-40-amd64`,
 * `/debian/6.12.1/linux`; undefined where it has none.
 */
export const versionIn = (path: string): string | undefined =>
  /\/(?:vmlinu[xz]|Image|kernel)-([^/]+)$/.exec(path)?.[1] ??
  /\/([0-9][^/]*)\/linux$/.exec(path)?.[1];

const namesIn = async (root: string, folder: string): Promise<string[]> =>
  readdir(await inside(root, folder).catch(() => "")).catch(() => []);

const firstFile = async (root: string, paths: string[]): Promise<string | undefined> => {
  for (const path of paths) {
    const target = await inside(root, path).catch(() => undefined);
    const there = target && (await lstat(target).catch(() => undefined));
    if (there && there.isFile() && there.size > 0) return path;
  }
  return undefined;
};
