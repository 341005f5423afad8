import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { UnfitForEsp } from "../../core/errors.ts";
import { folder, type Manifest } from "./esp-changes.ts";
import { shown } from "./shown.ts";

/** Reads what a folder holds that stands for a FAT: files and folders. Throws UnfitForEsp. */
export const manifestOf = async (root: string): Promise<Manifest> => {
  const manifest = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    if (entry.isDirectory()) manifest.set(name, folder);
    else if (entry.isFile()) manifest.set(name, await digestOf(path));
    else {
      throw new UnfitForEsp(
        `${shown(name)} is neither a file nor a folder, and the EFI system partition holds no others`,
      );
    }
  }
  return manifest;
};

const digestOf = async (path: string): Promise<string> => {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const hash = createHash("sha256");
  await pipeline(createReadStream("", { fd: file.fd, autoClose: false }), hash);
  return hash.digest("hex");
};
