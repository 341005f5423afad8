import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Inventory } from "../../../core/inventory.ts";
import { inventoryFile, unpackInventory } from "../../../core/inventory/document.ts";
import type { FileSystem } from "../../../core/origin.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const exec = promisify(execFile);

export interface DiskOrder {
  /** MiB. */
  size?: number;
  fileSystem?: FileSystem;
  /** Lines of bash, run beside `disk.raw` before it is mounted. */
  before?: string;
  /**
   * Lines of bash, run in the mounted file system; `take NAME` takes its inventory, `nest NAME N`
   * makes folders in each other, and `$FOLDER` is not in it.
   */
  script: string;
}

/** What a script made: files of `$FOLDER`, among them the inventories it took. */
export interface Made extends AsyncDisposable {
  text(name: string): Promise<string>;
  inventory(name: string): Promise<Inventory>;
  /** Why an inventory was not taken. */
  error(name: string): Promise<{ name: string; message: string }>;
}

const makers: Record<FileSystem, string> = {
  // as many inodes as a test of many files needs
  ext4: "mkfs.ext4 -q -F -i 1024",
  xfs: "mkfs.xfs -q -f",
  btrfs: "mkfs.btrfs -q -f",
};

/**
 * Mounts a new file system in a mount namespace of its own, as the agent does, where no other
 * process holds it longer than the script lives.
 */
export const onDisk = async (order: DiskOrder): Promise<Made> => {
  const { size = 64, fileSystem = "ext4", before = "", script } = order;
  const folder: TemporaryFolder = await temporaryFolder();
  await using scope = new AsyncDisposableStack();
  scope.use(folder);
  await mkdir(join(folder.path, "root"));
  const lines = `
    FOLDER=$PWD
    take() { "$NODE" "$PROGRAMS/take.ts" "$FOLDER/root" "$FOLDER/$1"; }
    nest() { "$NODE" "$PROGRAMS/nest.ts" "$@"; }
    truncate -s ${size}M disk.raw
    ${makers[fileSystem]} disk.raw
    ${before}
    mount -o loop,strictatime -t ${fileSystem} disk.raw root
    cd root
    ${script}
  `;
  await exec("unshare", ["--mount", "bash", "-euc", lines], {
    cwd: folder.path,
    env: {
      ...{ ...process.env, LC_ALL: "C", NODE: process.execPath },
      PROGRAMS: join(import.meta.dirname, "programs"),
    },
  });
  const held = scope.move();
  const read = (name: string) => readFile(join(folder.path, name));
  return {
    // a character a byte
    text: async (name) => (await read(name)).toString("latin1"),
    inventory: async (name) => unpackInventory(await read(join(name, inventoryFile))),
    error: async (name) => JSON.parse((await read(join(name, "error.json"))).toString("utf8")),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
};
