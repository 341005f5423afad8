import type { Manager } from "./requirement.ts";

/** A package that has the same name in every distribution. */
export const everywhere = (name: string): Record<Manager, string> => ({
  apt: name,
  dnf: name,
  zypper: name,
  pacman: name,
  apk: name,
});
