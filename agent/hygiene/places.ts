import { emptyFolder, notFolders, removeNamed, type Which } from "./remove.ts";

/** Where something lies that every image may be without. */
interface Places {
  /** Folders of which all that lies below goes, or what `which` selects. */
  emptied?: { folder: string; which?: Which }[];
  /** Names, or patterns of names, in folders. */
  named?: Record<string, string[]>;
}

const all = (...folders: string[]) => folders.map((folder) => ({ folder }));
const files = (...folders: string[]) => folders.map((folder) => ({ folder, which: notFolders }));

/** What each distribution's own programs write, by the item of hygiene it belongs to. */
export const places = {
  // seed/ and scripts/ are what somebody put there for the first boot, not what a boot left
  "cloud-init": {
    emptied: all("/var/lib/cloud/instances", "/var/lib/cloud/data", "/var/lib/cloud/sem"),
    named: { "/var/lib/cloud": ["instance"] },
  },
  "package-caches": {
    emptied: [
      ...files("/var/cache/apt/archives", "/var/lib/apt/lists"),
      ...all("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/zypp"),
      ...all("/var/cache/apk", "/etc/apk/cache", "/var/cache/pacman/pkg", "/var/cache/PackageKit"),
    ],
    named: {
      "/var/cache/apt": ["pkgcache.bin", "srcpkgcache.bin"],
      // numbers of inodes: of no other disk, and no two bakes have the same
      "/var/cache/ldconfig": ["aux-cache"],
    },
  },
  "random-seed": {
    emptied: all("/var/lib/seedrng"),
    named: {
      "/var/lib/systemd": ["random-seed", "credential.secret"],
      "/var/lib/urandom": ["random-seed"],
      "/var/lib/misc": ["random-seed"],
      "/var/lib": ["random-seed"],
      // systemd-boot's, on the ESP
      "/boot/loader": ["random-seed"],
      "/boot/efi/loader": ["random-seed"],
      "/efi/loader": ["random-seed"],
    },
  },
  "dhcp-leases": {
    emptied: all("/var/lib/dhclient"),
    named: {
      "/var/lib/dhcp": ["*.leases", "*.leases~", "*.lease"],
      "/var/lib/dhcpcd": ["*.lease", "*.lease6", "duid", "secret"],
      "/var/lib/NetworkManager": ["*.lease", "secret_key", "seen-bssids", "timestamps"],
      "/var/lib/wicked": ["lease-*.xml", "duid.xml", "iaid.xml"],
      "/var/lib/misc": ["udhcpd.leases"],
    },
  },
  "temporary-files": { emptied: all("/tmp", "/var/tmp") },
  "network-rules": {
    named: { "/etc/udev/rules.d": ["70-persistent-net.rules", "75-persistent-net.rules"] },
  },
  "core-dumps": {
    emptied: all("/var/lib/systemd/coredump", "/var/lib/apport/coredump", "/var/crash"),
    named: { "/": ["core", "core.[0-9]*"] },
  },
} satisfies Record<string, Places>;

/** Removes what lies in these places of the image. Throws CommandFailed. */
export const clearPlaces = async (root: string, { emptied = [], named = {} }: Places) => {
  for (const { folder, which } of emptied) await emptyFolder(root, folder, which);
  for (const [folder, names] of Object.entries(named)) await removeNamed(root, folder, ...names);
};
