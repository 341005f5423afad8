import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { sshFingerprint } from "./shown.ts";
import type { Sighting } from "./sighting.ts";

/*
 * Private keys as text: PEM (RFC 7468, with the headers of RFC 1421 that OpenSSL wrote), OpenSSH's
 * own (PROTOCOL.key), OpenPGP's armour (RFC 9580) and PuTTY's (appendix C of its manual). In JSON
 * and in programs the ends of lines are written as `\n`.
 */

/** Bytes of a key's text; one of RSA with 16,384 bits has 13,000. */
export const longestKey = 32 * 1024;

/** What is before `PRIVATE KEY`, of PEM's kinds. */
const begin = /-----BEGIN ((?:(?:RSA|DSA|EC|ENCRYPTED|OPENSSH|PGP|ANY|SSH2 ENCRYPTED) )?)$/;
const kinds: Record<string, string> = { "": "PKCS #8", ENCRYPTED: "PKCS #8", PGP: "OpenPGP" };

/** Characters of the label before `PRIVATE KEY`, at most. */
export const longestLabel = 40;

/** A private key in PEM's armour; `before` ends where the text `PRIVATE KEY` is followed by `after`. */
export const pemKeyIn = (before: string, after: string): Sighting | undefined => {
  const label = begin.exec(before)?.[1]?.trim();
  const [, end = "", body = ""] = /^( BLOCK)?-----([^]*?)-----END /.exec(after) ?? [];
  if (label === undefined || (label === "PGP") !== (end !== "")) return undefined;
  const headers = body.replaceAll(/\\[nr]/g, "\n");
  const bytes = decoded(headers.replaceAll(/^[\s"',]*[A-Za-z-]+: .*$/gm, ""));
  if (bytes === undefined) return undefined;
  if (label === "OPENSSH") return openSshKey(bytes);
  const isOldEncrypted = /^Proc-Type: 4,ENCRYPTED/m.test(headers);
  if (label !== "PGP" && !isOldEncrypted && bytes[0] !== derSequence) return undefined;
  const encrypted = label.includes("ENCRYPTED") || isOldEncrypted;
  return {
    kind: "private-key",
    shown: `${kinds[label] ?? label} key, ${keyDigest(bytes)}`,
    // OpenPGP tells it of each of its parts
    ...(label !== "PGP" && { encrypted }),
  };
};

const derSequence = 0x30;

/** What tells one key from another. */
export const keyDigest = (bytes: Uint8Array): string =>
  `sha256 ${hash("sha256", bytes, "hex").slice(0, 16)}`;

/** The smallest key, Ed25519's, has 48 bytes. */
const fewest = 40;

/** Base 64, cut into lines and perhaps quoted; undefined when it is anything else, as in a manual. */
const decoded = (text: string): Buffer | undefined => {
  const packed = text.replaceAll(/[\s\\"',]|^=[A-Za-z0-9+/]{4}$/gm, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return undefined;
  const bytes = Buffer.from(packed, "base64");
  return bytes.length < fewest || new Set(bytes).size < fewest / 2 ? undefined : bytes;
};

const openSshMagic = "openssh-key-v1\0";

/** The public key is in it, in the clear; the cipher is `none` when no passphrase is asked for. */
const openSshKey = (bytes: Buffer): Sighting | undefined => {
  if (bytes.toString("latin1", 0, openSshMagic.length) !== openSshMagic) return undefined;
  const strings = [...sshStrings(bytes.subarray(openSshMagic.length), 3)];
  const [cipher, , options] = strings;
  if (cipher === undefined || options === undefined) return undefined;
  const used = strings.reduce((sum, { length }) => sum + 4 + length, 0);
  const [publicKey] = sshStrings(bytes.subarray(openSshMagic.length + used + 4), 1);
  if (publicKey === undefined) return undefined;
  const encrypted = cipher.toString("latin1") !== "none";
  return { kind: "private-key", shown: `SSH key, ${sshFingerprint(publicKey)}`, encrypted };
};

/** A length of four bytes, and as many bytes: RFC 4251, section 5. */
function* sshStrings(bytes: Buffer, count: number): Generator<Buffer> {
  for (let at = 0, n = 0; n < count && at + 4 <= bytes.length; n++) {
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) return;
    yield bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
}

/** A key of PuTTY's, from its first line on. */
export const puttyKeyIn = (text: string): Sighting | undefined => {
  const [, cipher] = /^PuTTY-User-Key-File-[123]: [^]{1,400}?\nEncryption: (\S+)/.exec(text) ?? [];
  const [, lines] = /\nPublic-Lines: [0-9]+\r?\n([A-Za-z0-9+/=\s]+?)\r?\n[A-Z]/.exec(text) ?? [];
  if (cipher === undefined || lines === undefined || !text.includes("\nPrivate-Lines:")) return;
  const shown = `PuTTY key, ${sshFingerprint(Buffer.from(lines, "base64"))}`;
  return { kind: "private-key", shown, encrypted: cipher !== "none" };
};
