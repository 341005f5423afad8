import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { Manager } from "../../core/requirements/requirement.ts";
import { findCommand } from "./search-path.ts";

const programs: Record<Manager, string> = {
  apt: "apt-get",
  dnf: "dnf",
  zypper: "zypper",
  pacman: "pacman",
  apk: "apk",
};

/** `ID` and `ID_LIKE` of os-release, by the manager that such a distribution has. */
const families: Record<string, Manager> = {
  debian: "apt",
  ubuntu: "apt",
  fedora: "dnf",
  rhel: "dnf",
  suse: "zypper",
  opensuse: "zypper",
  arch: "pacman",
  alpine: "apk",
};

/**
 * The machine's package manager, or undefined when it has none of those we know. What the
 * distribution says of itself comes first: mmdebstrap brings an `apt-get` to Fedora and Arch.
 */
export const packageManager = (): Manager | undefined => {
  const stated = distributionFamilies().flatMap((family) => families[family] ?? []);
  const known: Manager[] = ["apt", "dnf", "zypper", "pacman", "apk"];
  return [...stated, ...known].find((manager) => findCommand(programs[manager]) !== undefined);
};

const distributionFamilies = (): string[] => {
  try {
    const release = parseEnv(readFileSync("/etc/os-release", "utf8"));
    return [release["ID"] ?? "", ...(release["ID_LIKE"] ?? "").split(" ")];
  } catch {
    return []; // no os-release: what is on the PATH decides
  }
};
