import * as z from "zod";

/** A place that packages come from, as the image's package manager is told of it. */
export const Repository = z.strictObject({
  kind: z.enum(["dpkg", "apk", "rpm"]),
  /** The file that names it, and the line at which it does. */
  path: z.string(),
  line: z.int().positive(),
  /** Without what a URL may carry of a name and a password. */
  urls: z.array(z.string()),
  /** Suite and components of apt, the id of a section of dnf and zypper. */
  name: z.string(),
  enabled: z.boolean(),
  /** Whether what comes from there is refused unless a key of the image's signed it. */
  signatures: z.boolean(),
  /** What turns signatures off, as it is written: `[trusted=yes]`, `gpgcheck=0`; absent if nothing. */
  because: z.string().optional(),
  /** What lets an old state of it pass for the newest, as it is written; absent if nothing. */
  expired: z.string().optional(),
  /** Fingerprints of the keys that may sign it; empty when any of the image's keys may. */
  keys: z.array(z.string()),
});
export type Repository = z.infer<typeof Repository>;

/** A key that the image's package manager trusts. */
export const TrustedKey = z.strictObject({
  path: z.string(),
  /** OpenPGP's, upper-case hexadecimal; of apk's RSA keys the SHA-256 of the DER form. */
  fingerprint: z.string(),
  /** Whom the key names; empty where it names nobody. */
  names: z.array(z.string()),
  /** The package that the file belongs to; absent if none. */
  package: z.string().optional(),
});
export type TrustedKey = z.infer<typeof TrustedKey>;
