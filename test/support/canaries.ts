import { lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { fifo, makeTree, type Leaf } from "./tree.ts";

export interface Canaries extends AsyncDisposable {
  /** A folder of this machine that looks like a system's root: what links of an image lead to. */
  path: string;
  /** Fails when one of them, or a file of this machine itself, was read, changed, removed or joined. */
  check(): Promise<void>;
}

const secret = "only this machine knows\n";

/** Files that images have, too, under the same names. */
const leaves: Record<string, Leaf> = {
  ...Object.fromEntries(
    [
      ...[
        "resolv.conf",
        "machine-id",
        "passwd",
        "group",
        "shadow",
        "fstab",
        "os-release",
        "shells",
      ],
      ...["default/grub", "ssh/ssh_host_rsa_key", "sudoers"],
    ].map((name) => [`etc/${name}`, secret]),
  ),
  "usr/sbin/policy-rc.d": secret,
  "var/lib/dpkg/status": "Package: ofthehost\nStatus: install ok installed\nVersion: 1\n",
  "var/log/syslog": secret,
  "var/lib/dbus/machine-id": secret,
  "root/.ssh/authorized_keys": secret,
  "root/.bash_history": secret,
  "tmp/file": secret,
  "boot/vmlinuz-9": secret,
  "run/ovenbird/script": secret,
  "run/secrets/token": secret,
  pipe: fifo,
};

/** This machine's own, which images name by their absolute paths. */
const own = [
  ...["resolv.conf", "machine-id", "passwd", "group", "shadow", "fstab", "hosts", "shells"],
  ...["os-release", "hostname"],
]
  .map((name) => `/etc/${name}`)
  .concat("/usr/sbin/policy-rc.d");

/**
 * Canaries in a new folder. Whoever reads one is found out: the kernel writes down the first
 * reading after a change (`relatime`). Not in a temporary folder: steps have memory there, which is gone after them.
 */
export const makeCanaries = async (): Promise<Canaries> => {
  const path = await mkdtemp("/var/lib/ovenbird-canaries-");
  await makeTree(path, leaves);
  const before = { tree: await stateOf(path), own: await Promise.all(own.map(ownState)) };
  return {
    path,
    async check() {
      expect(await stateOf(path)).toEqual(before.tree);
      expect(await Promise.all(own.map(ownState))).toEqual(before.own);
      for (const [name, leaf] of Object.entries(leaves)) {
        if (typeof leaf === "string") expect(await readFile(join(path, name), "utf8")).toBe(leaf);
      }
      // reading them was noticed, so that not reading them means something
      expect(await stateOf(path)).not.toEqual(before.tree);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
};

const stateOf = async (path: string): Promise<Record<string, string>> => {
  const names = await readdir(path, { recursive: true });
  const states = await Promise.all(
    names.toSorted().map(async (name) => [name, await stateOfOne(join(path, name))]),
  );
  return Object.fromEntries(states) as Record<string, string>;
};

const stateOfOne = async (path: string): Promise<string> => {
  const there = await lstat(path, { bigint: true });
  const { mode, uid, gid, size, nlink, ctimeNs } = there;
  // we ourselves read the folders
  const read = there.isDirectory() ? "" : there.atimeNs;
  return [mode, uid, gid, size, nlink, ctimeNs, read].join(" ");
};

const ownState = async (path: string): Promise<string> => {
  const there = await lstat(path, { bigint: true }).catch(() => undefined);
  return there === undefined ? `${path} missing` : `${path} ${there.ino} ${there.ctimeNs}`;
};
