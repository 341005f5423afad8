import { readFile } from "node:fs/promises";
import { run } from "../run.ts";

/** What the kernel has loaded, a line each: `unpriv_bwrap (enforce)`. */
const loaded = "/sys/kernel/security/apparmor/profiles";

const profile = "/etc/apparmor.d/bwrap-userns-restrict";

/**
 * Takes away, on this disposable machine, the AppArmor profile by which Ubuntu since 25.04 denies
 * every capability to what bubblewrap starts, for root too: steps could install no package.
 * Throws CommandFailed.
 */
export const allowSandbox = async (
  say: (line: string) => void,
  profiles = loaded,
): Promise<void> => {
  const text = await readFile(profiles, "utf8").catch(() => ""); // no AppArmor
  if (!/^(?:.*\/\/&?)?unpriv_bwrap \((?:enforce|kill)\)$/m.test(text)) return;
  say(`AppArmor's ${profile} is not for this builder: it is removed`);
  await run(["apparmor_parser", "--remove", profile]);
};
