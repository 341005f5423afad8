import type { Owners } from "../../../agent/inventory/owners.ts";
import { chmod, lstat, realpath } from "node:fs/promises";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { entryOf, readFolder } from "../../../agent/inventory/folder.ts";
import { type ImageFiles, imageFiles } from "../../../agent/inventory/image-files.ts";
import type { Sighting } from "../../../agent/inventory/secret/sighting.ts";
import type { FileEntry } from "../../../core/inventory.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { type Leaf, makeTree } from "../../support/tree.ts";

/** An image's files in a folder, without threads. */
export interface MadeFiles extends AsyncDisposable {
  root: string;
  files: ImageFiles;
  seen: Map<string, Sighting[]>;
}

/** Files of an image, of which those whose paths end with `*` anybody may run. */
export const filesOf = async (leaves: Record<string, Leaf>): Promise<MadeFiles> => {
  const folder: TemporaryFolder = await temporaryFolder();
  await using scope = new AsyncDisposableStack();
  scope.use(folder);
  const root = await realpath(folder.path);
  for (const [path, leaf] of Object.entries(leaves)) {
    const name = path.replace(/\*$/, "");
    await makeTree(root, { [name]: leaf });
    if (name !== path && (await lstat(join(root, name))).isFile())
      await chmod(join(root, name), 0o755);
  }
  const seen = new Map<string, Sighting[]>();
  const image = { foreign: new Set<string>(), isRemembered: false };
  const entries: FileEntry[] = [entryOf("/", lstatSync(root), root)];
  for (const folders = [""]; folders.length > 0;) {
    const path = folders.pop() ?? "";
    for (const part of readFolder(root, { path, known: [], asked: [] }, image)) {
      folders.push(...part.folders);
      entries.push(...part.entries);
      for (const [file, sightings] of part.sightings) seen.set(file, sightings);
    }
  }
  entries.sort((one, other) => (one.path < other.path ? -1 : 1));
  const held = scope.move();
  return {
    ...{ root, seen, files: imageFiles(root, entries) },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
};

/** Where no database says whose a file is. */
export const noOwners: Owners = { packageOf: () => undefined, isShipped: () => false };
