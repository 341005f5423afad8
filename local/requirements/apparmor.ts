import { readFileSync } from "node:fs";

/** What the kernel has loaded, a line each: `unpriv_bwrap (enforce)`. Only root may read it. */
const loaded = "/sys/kernel/security/apparmor/profiles";

/**
 * AppArmor's `bwrap-userns-restrict`, which Ubuntu enforces since 25.04, stacks `unpriv_bwrap` on
 * whatever /usr/bin/bwrap starts, root's programs among them, and that denies every capability.
 * The other restriction of Ubuntu's, `kernel.apparmor_restrict_unprivileged_userns`, is of no
 * matter here: bubblewrap run by root makes no user namespace.
 * Source: the profile itself, extra-profiles/bwrap-userns-restrict of AppArmor's 4.0.
 */
export const apparmorProblem = (profiles = profilesLoaded()): string | undefined => {
  const isEnforced = /^(?:.*\/\/&?)?unpriv_bwrap \((?:enforce|kill)\)$/m.test(profiles);
  if (!isEnforced) return undefined;
  return "AppArmor's profile bwrap-userns-restrict takes from steps what root needs to install packages: run `apparmor_parser --remove /etc/apparmor.d/bwrap-userns-restrict`, and link that file into /etc/apparmor.d/disable, so that it stays so";
};

const profilesLoaded = (): string => {
  try {
    return readFileSync(loaded, "utf8");
  } catch {
    return ""; // no AppArmor, or not root
  }
};
