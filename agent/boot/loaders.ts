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

/** The boot loaders that the image has, by what lies on its ESP and in /boot. */
export const findLoaders = async (
  root: string,
  mounts: readonly BootMount[],
): Promise<Loader[]> => {
  const loaders: Loader[] = [];
  const esp = mounts.find(({ type }) => type === "vfat")?.path;
  const programs = esp === undefined ? [] : await programTexts(root, esp);
  const fixed = programs.some((text) => text.includes("linux /vmlinuz root=UUID="));
  if (fixed) loaders.push({ kind: "fixed" });
  if (
    esp !== undefined &&
    programs.some((text) => text.includes("#### LoaderInfo: systemd-boot"))
  ) {
    loaders.push({ kind: "systemd-boot", esp });
  }
  const config = await firstFile(root, grubConfigs);
  // a grub.cfg that nothing on the disk reads is what a removed package left
  const reads = !fixed && programs.some((text) => text.includes("grub"));
  if (config !== undefined && (reads || (await hasBiosModules(root, config)))) {
    loaders.push({ kind: "grub", config });
  }
  const extlinux = await firstFile(root, extlinuxConfigs);
  if (extlinux !== undefined && (await hasSyslinux(root, extlinux))) {
    loaders.push({ kind: "extlinux", config: extlinux });
  }
  return loaders;
};

const programTexts = async (root: string, esp: string): Promise<string[]> => {
  const folder = await inside(root, esp);
  const texts: string[] = [];
  for (const program of await efiPrograms(folder)) {
    const bytes = await bytesAt(posix.join(folder, program), 0, mostBytes).catch(() => undefined);
    if (bytes !== undefined) texts.push(bytes.toString("latin1"));
  }
  return texts;
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
