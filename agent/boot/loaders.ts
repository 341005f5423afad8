import { lstat } from "node:fs/promises";
import { posix } from "node:path";
import { inside } from "../inside.ts";
import { bytesAt } from "./bytes.ts";
import type { BootMount } from "./mounts.ts";
import { extlinuxConfigs, grubConfigs } from "./places.ts";
import { efiPrograms } from "./uefi.ts";

/** A boot loader of the image, with its configuration's path. */
export type Loader =
  /** GRUB with the configuration that our own images have built in: agent/boot-loader/grub.ts. */
  | { kind: "fixed" }
  | { kind: "grub"; config: string }
  /** `esp`: where the ESP is mounted. */
  | { kind: "systemd-boot"; esp: string }
  | { kind: "extlinux"; config: string };

/** Bytes of a boot loader that are read; GRUB with all its modules has three mebibytes. */
const mostBytes = 16 * 1024 ** 2;
const mostPrograms = 200;

/** The boot loaders that the image has, by what lies on its ESP and in /boot. */
export const findLoaders = async (
  root: string,
  mounts: readonly BootMount[],
): Promise<Loader[]> => {
  const loaders: Loader[] = [];
  const esp = mounts.find(({ type }) => type === "vfat")?.path;
  const on = await programsOn(root, esp);
  if (on.has("fixed")) loaders.push({ kind: "fixed" });
  if (esp !== undefined && on.has("systemd-boot")) loaders.push({ kind: "systemd-boot", esp });
  const config = await firstFile(root, grubConfigs);
  // a grub.cfg that nothing on the disk reads is what a removed package left
  const isRead = on.has("grub") && !on.has("fixed");
  if (config !== undefined && (isRead || (await hasBiosModules(root, config)))) {
    loaders.push({ kind: "grub", config });
  }
  const extlinux = await firstFile(root, extlinuxConfigs);
  if (extlinux !== undefined && (await hasSyslinux(root, extlinux))) {
    loaders.push({ kind: "extlinux", config: extlinux });
  }
  return loaders;
};

/** Words that a boot loader's program has in it. */
const signs: Record<Exclude<Loader["kind"], "extlinux">, string> = {
  fixed: "linux /vmlinuz root=UUID=",
  grub: "grub",
  "systemd-boot": "#### LoaderInfo: systemd-boot",
};

/** Which boot loaders' programs an ESP has. */
const programsOn = async (root: string, esp: string | undefined): Promise<Set<string>> => {
  const found = new Set<string>();
  if (esp === undefined) return found;
  const folder = await inside(root, esp);
  for (const program of (await efiPrograms(folder)).slice(0, mostPrograms)) {
    const bytes = await bytesAt(posix.join(folder, program), 0, mostBytes);
    for (const [kind, words] of Object.entries(signs)) if (bytes?.includes(words)) found.add(kind);
  }
  return found;
};

/** grub-install copies its modules beside the configuration; for a BIOS, these. */
const hasBiosModules = async (root: string, config: string): Promise<boolean> =>
  (await firstFile(root, [`${posix.dirname(config)}/i386-pc/normal.mod`])) !== undefined;

const hasSyslinux = async (root: string, config: string): Promise<boolean> =>
  (await firstFile(root, [`${posix.dirname(config)}/ldlinux.sys`])) !== undefined;

const firstFile = async (root: string, paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) {
    const target = await inside(root, path).catch(() => undefined);
    const there = target && (await lstat(target).catch(() => undefined));
    if (there && there.isFile()) return path;
  }
  return undefined;
};
