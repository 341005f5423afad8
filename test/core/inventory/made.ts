import type { FileEntry, Inventory, Package, RegularFile } from "../../../core/inventory.ts";

const found = { mode: "0644", uid: 0, gid: 0, mtime: 1_700_000_000 };

/** A regular file, with a content that stands for itself. */
export const file = (path: string, more: Partial<RegularFile> = {}): RegularFile => ({
  ...{ type: "file", path, ...found, size: 10, sha256: "0".repeat(64) },
  ...more,
});

export const folder = (path: string, mtime = found.mtime): FileEntry => ({
  ...{ type: "folder", path, ...found, mtime, mode: "0755" },
});

export const link = (path: string, target: string): FileEntry => ({
  ...{ type: "link", path, ...found, mode: "0777", target },
});

export const device = (path: string, minor: number): FileEntry => ({
  ...{ type: "block-device", path, ...found, major: 8, minor },
});

export const debian = (name: string, version: string, architecture = "amd64"): Package => ({
  ...{ kind: "dpkg", name, version, architecture },
});

export const inventory = (more: Partial<Inventory> = {}): Inventory => ({
  ...{ format: 1, size: { files: more.files?.length ?? 0, bytes: 0, used: 0 } },
  ...{ databases: [], packages: [], unread: [], files: [] },
  ...more,
});
