import { lstat, open, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { UnfitForEsp } from "../../core/errors.ts";
import { folder, type Manifest } from "./esp-changes.ts";
import { shown } from "./shown.ts";

/**
 * Reads what a folder holds that stands for a FAT: folders, and files by what the kernel changes
 * whenever their content is changed, and nobody else can set. Throws UnfitForEsp.
 */
export const manifestOf = async (root: string): Promise<Manifest> => {
  const manifest = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    if (entry.isDirectory()) manifest.set(name, folder);
    else if (entry.isFile()) manifest.set(name, await stateOf(path));
    else {
      throw new UnfitForEsp(
        `${shown(name)} is neither a file nor a folder, and the EFI system partition holds no others`,
      );
    }
  }
  return manifest;
};

const stateOf = async (path: string): Promise<string> => {
  const { ino, size, ctimeNs } = await lstat(path, { bigint: true });
  return `${ino} ${size} ${ctimeNs}`;
};

const chunk = 1024 ** 2;

/** Whether two files hold the same bytes. */
export const sameContent = async (one: string, other: string): Promise<boolean> => {
  await using first = await open(one, "r");
  await using second = await open(other, "r");
  if ((await first.stat()).size !== (await second.stat()).size) return false;
  const [left, right] = [Buffer.alloc(chunk), Buffer.alloc(chunk)];
  for (let at = 0; ; at += chunk) {
    const { bytesRead } = await first.read(left, 0, chunk, at);
    await second.read(right, 0, chunk, at);
    if (!left.subarray(0, bytesRead).equals(right.subarray(0, bytesRead))) return false;
    if (bytesRead < chunk) return true;
  }
};
