import { gzipSync } from "node:zlib";
import type { FileEntry, Inventory } from "../../core/inventory.ts";

const found = { mode: "0644", uid: 0, gid: 0, mtime: 1_700_000_000 };

/** A regular file of some content. */
export const plainFile = (path: string, mode = "0644"): FileEntry => ({
  ...{ type: "file", path, ...found, mode, size: 10, sha256: "0".repeat(64) },
});

const folder = (path: string, mode: string): FileEntry => ({
  ...{ type: "folder", path, ...found, mode },
});

/** What an agent finds in an image of a distribution's own packages: all was looked for. */
export const cleanInventory = (more: Partial<Inventory> = {}): Inventory => ({
  ...{
    format: 1,
    digest: `sha256:${"1".repeat(64)}`,
    size: { files: 8, bytes: 60, used: 2 ** 30 },
  },
  distribution: { id: "debian", version: "13", codename: "trixie" },
  databases: [{ kind: "dpkg", path: "/var/lib/dpkg/status", packages: 1 }],
  packages: [
    {
      ...{ kind: "dpkg", name: "libc6", version: "2.41-12", architecture: "amd64" },
      ...{ licence: "LGPL-2.1+ and GPL-2", vouched: "database" },
    },
  ],
  ...{ unread: [], problems: [], owned: { unowned: ["/etc/hostname"], differing: [] } },
  repositories: [
    {
      ...{ kind: "dpkg", path: "/etc/apt/sources.list", line: 1, name: "trixie main" },
      urls: ["http://deb.debian.org/debian"],
      ...{ enabled: true, signatures: true, keys: [] },
    },
  ],
  ...{ keys: [], modules: [], activity: [], telemetry: [], secrets: [], languagePackages: [] },
  files: [
    ...[folder("/", "0755"), folder("/tmp", "1777"), folder("/var/mail", "2775")],
    ...[plainFile("/etc/hostname"), plainFile("/usr/bin/ls", "0755")],
    plainFile("/usr/bin/passwd", "4755"),
    { ...plainFile("/usr/bin/ping", "0755"), capabilities: "cap_net_raw+ep" },
    plainFile("/var/lib/dpkg/info/libc6:amd64.md5sums"),
  ],
  ...more,
});

/** As the agent writes it: core/inventory/document.ts. */
export const packed = (inventory: Inventory): Buffer => gzipSync(JSON.stringify(inventory));
