import { hash } from "node:crypto";

/**
 * What may be told of a secret that nobody can guess: how it begins, which says what it is, and
 * 48 bits of its digest, by which two of them are told apart. Not for passwords: those can be
 * guessed, and a digest would tell who guessed right.
 */
export const shownSecret = (secret: string): string =>
  `${secret.slice(0, 4)}… (sha256 ${hash("sha256", secret, "hex").slice(0, 12)})`;

/** As ssh-keygen -l has it: of the public key, which is no secret. */
export const sshFingerprint = (publicKey: Uint8Array): string =>
  `SHA256:${hash("sha256", publicKey, "base64").replace(/=+$/, "")}`;
