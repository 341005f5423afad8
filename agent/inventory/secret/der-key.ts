import type { Buffer } from "node:buffer";
import { tags, type Value, valuesIn } from "./ber.ts";
import { longestKey, keyDigest } from "./private-key.ts";
import type { Sighting } from "./sighting.ts";

/*
 * Private keys as DER, of which PEM is the armour: PKCS #8, also encrypted (RFC 5958), PKCS #1
 * (RFC 8017), DSA's as OpenSSL writes them, and SEC 1 (RFC 5915). A key is the file as a whole.
 */

const { integer, octets, oid, sequence } = tags;

/** The identifiers of PKCS #5 and of PKCS #12 begin so: of what a key is encrypted by. */
const encryptions = [
  [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05],
  [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c],
];

/** A file that is a private key. */
export const derKeyIn = (file: Buffer): Sighting | undefined => {
  if (file[0] !== sequence || file.length > longestKey) return undefined;
  const [all, ...more] = valuesIn(file, 2) ?? [];
  if (all === undefined || more.length > 0) return undefined;
  const parts = valuesIn(all.bytes, 3);
  if (parts === undefined) return undefined;
  const isEncrypted = isEncryptedKey(parts);
  const kind = isEncrypted ? "PKCS #8" : kindOf(parts);
  if (kind === undefined) return undefined;
  return { kind: "private-key", shown: `${kind} key, ${keyDigest(file)}`, encrypted: isEncrypted };
};

/** By the parts' tags; the first is the version, and a public key has none. */
const kindOf = ([first, second, third]: readonly Value[]): string | undefined => {
  if (first?.tag !== integer || first.bytes.length !== 1) return undefined;
  const version = first.bytes[0];
  if (version === undefined || version > 1) return undefined;
  if (second?.tag === integer && third?.tag === integer) return "PKCS #1";
  if (second?.tag === octets && second.bytes.length >= fewest && version === 1) return "SEC 1";
  return second?.tag === sequence && second.bytes[0] === oid && third?.tag === octets
    ? "PKCS #8"
    : undefined;
};

/** The smallest curve has 28. */
const fewest = 20;

const isEncryptedKey = ([first, second]: readonly Value[]): boolean =>
  first?.tag === sequence &&
  second?.tag === octets &&
  first.bytes[0] === oid &&
  encryptions.some((begin) => begin.every((byte, index) => first.bytes[index + 2] === byte));
