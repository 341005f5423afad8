import { posix } from "node:path";
import { inside } from "../inside.ts";
import { bytesAt } from "./bytes.ts";
import type { LoaderEntry } from "./entries.ts";
import { valueOf } from "./operating-system.ts";
import { efiPrograms } from "./uefi.ts";

/** Bytes of an os-release that are read. */
const mostBytes = 64 * 1024;

/** More sections than any kernel image has. */
const mostSections = 100;

/**
 * Unified kernel images on an ESP, which need no entry's file; they sort by what their os-release
 * says: https://uapi-group.org/specifications/specs/boot_loader_specification/#type-2-efi-unified-kernel-images
 */
export const unifiedImages = async (root: string, esp: string): Promise<LoaderEntry[]> => {
  const folder = await inside(root, esp);
  const programs = (await efiPrograms(folder)).filter((path) => /^\/EFI\/Linux\//i.test(path));
  return Promise.all(
    programs.map(async (linux) => {
      const text = (await section(posix.join(folder, linux), ".osrel")) ?? "";
      const value = (...names: string[]) =>
        names.map((name) => valueOf(text, name)).find(Boolean) ?? "";
      return {
        id: posix.basename(linux).replace(/\.efi$/i, ""),
        ...{ file: posix.join(esp, linux), text: "", linux, initrd: [], options: "" },
        version: value("IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID"),
        ...{ sortKey: value("IMAGE_ID", "ID"), machineId: "" },
      };
    }),
  );
};

/** The text of a section of a PE: https://learn.microsoft.com/windows/win32/debug/pe-format */
const section = async (path: string, name: string): Promise<string | undefined> => {
  const start = await bytesAt(path, 0, 64);
  if (start?.toString("latin1", 0, 2) !== "MZ" || start.length < 64) return undefined;
  const at = start.readUInt32LE(0x3c);
  const header = await bytesAt(path, at, 24);
  if (header === undefined || header.length < 24) return undefined;
  const count = Math.min(header.readUInt16LE(6), mostSections);
  const table = await bytesAt(path, at + 24 + header.readUInt16LE(20), count * 40);
  const rows = Array.from({ length: Math.floor((table?.length ?? 0) / 40) }, (_, index) =>
    (table ?? Buffer.of()).subarray(index * 40, index * 40 + 40),
  );
  const row = rows.find((row) => row.toString("latin1", 0, 8).replace(/\0+$/, "") === name);
  if (row === undefined) return undefined;
  const size = Math.min(row.readUInt32LE(8), mostBytes);
  return (await bytesAt(path, row.readUInt32LE(20), size))?.toString("utf8");
};
