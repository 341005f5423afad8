import { Buffer } from "node:buffer";
import { sshFingerprint } from "./shown.ts";
import { mostInFile, type Sighting } from "./sighting.ts";

/** Where sshd and dropbear look for the keys of those whom they let in, unless told otherwise. */
export const authorizedFiles =
  /\/\.ssh\/authorized_keys2?$|^\/etc\/dropbear\/authorized_keys$|^\/etc\/ssh\/authorized_keys(?:\.d)?(?:\/[^/]+)?$/;

/** A key in a line of sshd(8)'s: options may stand before it, a comment after it. */
const key =
  /(?:^|\s)((?:sk-)?(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-[a-z0-9]+)(?:-cert-v01)?(?:@openssh\.com)?)\s+([A-Za-z0-9+/]{40,16384}={0,2})/;

/** The keys that let somebody in, as ssh-keygen -l shows them. */
export const authorizedSightings = (text: string): Sighting[] =>
  text
    .split("\n")
    .flatMap((line, index) => {
      if (line.trimStart().startsWith("#")) return [];
      const [, type, body = ""] = key.exec(line.slice(0, longestLine)) ?? [];
      if (type === undefined) return [];
      const shown = `${type} ${sshFingerprint(Buffer.from(body, "base64"))}`;
      return [{ kind: "authorized-key" as const, line: index + 1, shown }];
    })
    .slice(0, 10 * mostInFile);

const longestLine = 32 * 1024;
