import { Buffer } from "node:buffer";
import { sshFingerprint } from "./shown.ts";
import type { Sighting } from "./sighting.ts";

/** Where sshd and dropbear look for the keys of those whom they let in, unless told otherwise. */
export const authorizedFiles =
  /\/\.ssh\/authorized_keys2?$|^\/etc\/dropbear\/authorized_keys$|^\/etc\/ssh\/authorized_keys(?:\.d)?(?:\/[^/]+)?$/;

/** A key in a line of sshd(8)'s: options may stand before it, a comment after it. */
const key =
  /(?:^|\s)((?:sk-)?(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-[a-z0-9]+)(?:-cert-v01)?(?:@openssh\.com)?)\s+([A-Za-z0-9+/]{40,16384}={0,2})/;

/** The keys that let somebody in, as ssh-keygen -l shows them, each once: all, as one may differ. */
export const authorizedSightings = (text: string): Sighting[] => {
  const found = new Map<string, Sighting>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trimStart().startsWith("#")) continue;
    const [, type, body = ""] = key.exec(line.slice(0, longestLine)) ?? [];
    if (type === undefined) continue;
    const shown = `${type} ${sshFingerprint(Buffer.from(body, "base64"))}`;
    if (!found.has(shown)) found.set(shown, { kind: "authorized-key", line: index + 1, shown });
  }
  return [...found.values()];
};

const longestLine = 32 * 1024;
