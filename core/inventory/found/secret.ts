import * as z from "zod";

/** How it is shown that not a file, but a program tells whom sshd lets in: sshd_config(5). */
export const keyCommand = "AuthorizedKeysCommand";

/** Something in the image that gives access to something else. */
export const Secret = z.strictObject({
  kind: z.enum([
    ...(["private-key", "aws-access-key", "cloud-credentials", "token"] as const),
    ...(["password-hash", "password", "authorized-key"] as const),
  ]),
  path: z.string(),
  /** Of the file; absent when the file has no lines. */
  line: z.int().positive().optional(),
  /**
   * What tells one from another and cannot be used: a fingerprint, or the first four characters;
   * of a program that sshd asks for keys, its line in sshd_config.
   */
  shown: z.string(),
  /** Of private keys: whether a passphrase is asked for; absent where that is not known. */
  encrypted: z.boolean().optional(),
  /** Whether a package ships the file as it is: test keys, documentation's examples. */
  shipped: z.boolean(),
});
export type Secret = z.infer<typeof Secret>;
