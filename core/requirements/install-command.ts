import type { Manager, Requirement } from "./requirement.ts";

/** The packages that bring what is missing. */
export const packagesFor = (missing: readonly Requirement[], manager: Manager): string[] => [
  ...new Set(missing.flatMap(({ packages }) => packages[manager] ?? [])),
];

const installers: Record<Manager, readonly string[]> = {
  apt: ["apt-get", "install", "--yes", "--no-install-recommends"],
  dnf: ["dnf", "install", "--assumeyes"],
  zypper: ["zypper", "--non-interactive", "install", "--no-recommends"],
  pacman: ["pacman", "-S", "--needed", "--noconfirm"],
  apk: ["apk", "add"],
};

/** The one command, as an argv, that installs what is missing. */
export const installCommand = (missing: readonly Requirement[], manager: Manager): string[] => [
  ...installers[manager],
  ...packagesFor(missing, manager),
];
