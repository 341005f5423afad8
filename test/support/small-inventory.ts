import { gzipSync } from "node:zlib";
import type { Inventory } from "../../core/inventory.ts";

/** An inventory of hardly anything. */
export const smallInventory: Inventory = {
  format: 1,
  digest: `sha256:${"7".repeat(64)}`,
  size: { files: 1, bytes: 5, used: 4096 },
  distribution: { id: "debian", version: "13", codename: "trixie", name: "Debian 13" },
  databases: [{ kind: "dpkg", path: "/var/lib/dpkg/status", packages: 1 }],
  packages: [{ kind: "dpkg", name: "base-files", version: "13", architecture: "amd64" }],
  unread: [],
  files: [
    {
      ...{ type: "file", path: "/etc/hello", mode: "0644", uid: 0, gid: 0, mtime: 0, size: 5 },
      sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    },
  ],
};

export const packed = (inventory: Inventory): Buffer => gzipSync(JSON.stringify(inventory));

/** As an agent leaves it: the same bytes each time. */
export const packedInventory = packed(smallInventory);
