import { hasProgram } from "./has-program.ts";

/** The commands of a package manager, none of which asks a question. */
export interface PackageManager {
  program: string;
  /** Fetches the lists of packages; absent where each command does so when it must. */
  refresh?: string[];
  upgrade: string[];
  install(names: readonly string[]): string[];
  remove(names: readonly string[]): string[];
  /** Folders of what it fetches: on a tmpfs while steps run. */
  caches: string[];
}

const apt = (...words: string[]): string[] => [
  ...["apt-get", "--yes", "--quiet", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=3"],
  // a configuration file that was changed stays as it is
  ...["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"],
  ...words,
];

// Never "--": dnf5 knows it only since 5.4.3. No package's name begins with "-".
const dnf = (...words: string[]): string[] => ["dnf", "--assumeyes", ...words];
const zypper = (...words: string[]): string[] => ["zypper", "--non-interactive", ...words];

/** In the order they are looked for: an image may have a foreign one installed, too. */
export const packageManagers: PackageManager[] = [
  {
    program: "apt-get",
    // nobody reads descriptions in a bake: translated ones are a third of what is fetched and sorted;
    // to make a list of an older one and what changed takes longer than to fetch it
    refresh: apt("-o", "Acquire::Languages=none", "-o", "Acquire::PDiffs=false", "update"),
    // with new packages: a newer kernel is one
    upgrade: apt("upgrade", "--with-new-pkgs"),
    install: (names) => apt("install", "--", ...names),
    remove: (names) => apt("remove", "--", ...names),
    caches: ["/var/cache/apt", "/var/lib/apt/lists"],
  },
  {
    program: "dnf",
    upgrade: dnf("upgrade"),
    install: (names) => dnf("install", ...names),
    remove: (names) => dnf("remove", ...names),
    caches: ["/var/cache/dnf", "/var/cache/libdnf5"],
  },
  {
    program: "zypper",
    refresh: zypper("refresh"),
    upgrade: zypper("update"),
    install: (names) => zypper("install", "--", ...names),
    remove: (names) => zypper("remove", "--", ...names),
    caches: ["/var/cache/zypp"],
  },
  {
    program: "apk",
    refresh: ["apk", "update"],
    upgrade: ["apk", "upgrade"],
    install: (names) => ["apk", "add", "--", ...names],
    remove: (names) => ["apk", "del", "--", ...names],
    caches: ["/var/cache/apk"],
  },
];

/** The image's own package manager; undefined when it has none that we know. */
export const packageManagerOf = async (root: string): Promise<PackageManager | undefined> => {
  for (const manager of packageManagers) {
    if (await hasProgram(root, manager.program)) return manager;
  }
  return undefined;
};
