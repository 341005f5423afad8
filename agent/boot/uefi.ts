import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Architecture } from "../../core/job.ts";
import { machineCodeOf } from "./machine-code.ts";

/** The path that firmware boots when nothing tells it another: UEFI specification, 3.5.1.1. */
const removable = { x86_64: "EFI/BOOT/BOOTX64.EFI", arm64: "EFI/BOOT/BOOTAA64.EFI" } as const;

/** Folders of an ESP and their files that are looked through. */
const most = 1000;

/** Whether firmware finds something to start, or what stands in the way. */
export type Bootable = { boots: true } | { boots: false; because: string };

/** Looks at an ESP, mounted at a path of the host. */
export const uefiOf = async (
  esp: string | undefined,
  architecture: Architecture,
): Promise<Bootable> => {
  if (esp === undefined) return { boots: false, because: "it has no EFI system partition" };
  const name = `/${removable[architecture]}`.replaceAll("/", "\\");
  const path = await onFat(esp, removable[architecture]);
  if (path === undefined) return { boots: false, because: await without(esp, name) };
  const code = await machineCodeOf(path);
  if (code?.format === "PE" && code.architecture === architecture) return { boots: true };
  return { boots: false, because: `${name} is no UEFI program for ${architecture}` };
};

const without = async (esp: string, name: string): Promise<string> => {
  const loader = (await efiPrograms(esp))[0];
  if (loader === undefined) return `its EFI system partition has no ${name}`;
  const shown = JSON.stringify(loader.replaceAll("/", "\\"));
  return (
    `its EFI system partition has ${shown} and no ${name}: only firmware that remembers it ` +
    "would boot it, and that of a new machine remembers nothing"
  );
};

/** The host's path of a path on a FAT, whose names have no case; undefined when it is not there. */
export const onFat = async (folder: string, path: string): Promise<string | undefined> => {
  let at = folder;
  for (const name of path.split("/").filter((name) => name !== "")) {
    const names = await namesIn(at);
    const found = names.find((other) => other.toLowerCase() === name.toLowerCase());
    if (found === undefined) return undefined;
    at = join(at, found);
  }
  return at;
};

/** Programs in the folders of an ESP's \EFI, by their paths on it. */
export const efiPrograms = async (esp: string): Promise<string[]> => {
  const found: string[] = [];
  const efi = await onFat(esp, "EFI");
  if (efi === undefined) return found;
  for (const vendor of (await namesIn(efi)).slice(0, most)) {
    const names = (await namesIn(join(efi, vendor))).filter((name) => /\.efi$/i.test(name));
    found.push(...names.slice(0, most).map((name) => `/EFI/${vendor}/${name}`));
  }
  return found;
};

const namesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // a FAT has no links; what has some is no FAT, and they are not followed
  return entries
    .filter((entry) => !entry.isSymbolicLink())
    .map(({ name }) => name)
    .toSorted();
};
