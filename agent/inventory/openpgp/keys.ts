import { Buffer } from "node:buffer";
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { numbersAt, packetsOf } from "./packets.ts";

/** A key by which a signature may be checked: a primary key, or one below it. */
export interface VerifyingKey {
  /** Upper-case hexadecimal. */
  fingerprint: string;
  /** The last eight bytes of the fingerprint, of version 4. */
  id: string;
  /** Absent for an algorithm that is not known here: it verifies nothing. */
  key?: KeyObject;
}

/** A primary key with those below it, and whom it names. */
export interface Certificate extends VerifyingKey {
  names: string[];
  subkeys: VerifyingKey[];
}

const tag = { key: 6, name: 13, subkey: 14 };

/** RFC 9580, section 9.1. */
const algorithm = { rsa: 1, rsaSign: 3, legacyEdDsa: 22, ed25519: 27 };

/** Bytes of a key's packet, and characters of a name: no key has more. */
const longest = 16 * 1024;

/** The keys in a keyring, or in a file of one key. */
export const certificatesIn = (data: Buffer): Certificate[] => {
  const found: Certificate[] = [];
  for (const { tag: kind, body } of packetsOf(data)) {
    const last = found.at(-1);
    if (body.length > longest) continue;
    const key = kind === tag.key || kind === tag.subkey ? keyOf(body) : undefined;
    if (key !== undefined && kind === tag.key) found.push({ ...key, names: [], subkeys: [] });
    else if (key !== undefined) last?.subkeys.push(key);
    else if (kind === tag.name) last?.names.push(body.toString("utf8"));
  }
  return found;
};

/** RFC 9580, section 5.5.2: versions 4 and 6. */
const keyOf = (body: Buffer): VerifyingKey | undefined => {
  const version = body[0];
  if ((version !== 4 && version !== 6) || body.length < 10) return undefined;
  const fingerprint = fingerprintOf(body, version);
  const id = version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16);
  const key = attempt(() => publicKey(body, version));
  return { fingerprint, id, ...(key !== undefined && { key }) };
};

/** RFC 9580, section 5.5.4. */
const fingerprintOf = (body: Buffer, version: 4 | 6): string => {
  const head = Buffer.alloc(version === 4 ? 3 : 5);
  if (version === 4) head.writeUInt16BE(body.length, 1);
  else head.writeUInt32BE(body.length, 1);
  head[0] = version === 4 ? 0x99 : 0x9b;
  const hash = createHash(version === 4 ? "sha1" : "sha256");
  return hash.update(head).update(body).digest("hex").toUpperCase();
};

/** What of Curve25519's object identifier tells it apart: 1.3.6.1.4.1.11591.15.1. */
const ed25519 = Buffer.from("2b06010401da470f01", "hex");

const publicKey = (body: Buffer, version: 4 | 6): KeyObject | undefined => {
  const at = version === 4 ? 6 : 10;
  const kind = body[5];
  if (kind === algorithm.rsa || kind === algorithm.rsaSign) {
    const [n, e] = numbersAt(body, at, 2) ?? [];
    return n === undefined || e === undefined ? undefined : rsaKey(n, e);
  }
  if (kind === algorithm.ed25519) return edKey(body.subarray(at, at + 32));
  const size = body[at] ?? 0;
  const curve = body.subarray(at + 1, at + 1 + size);
  if (kind !== algorithm.legacyEdDsa || !curve.equals(ed25519)) return undefined;
  // a byte before it says that it is as the curve's own standard writes it
  const [point] = numbersAt(body, at + 1 + size, 1) ?? [];
  return point?.length === 33 ? edKey(point.subarray(1)) : undefined;
};

const rsaKey = (n: Buffer, e: Buffer): KeyObject => {
  const key = { kty: "RSA", n: n.toString("base64url"), e: e.toString("base64url") };
  return createPublicKey({ key, format: "jwk" });
};

const edKey = (point: Buffer): KeyObject =>
  createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: point.toString("base64url") },
    format: "jwk",
  });

const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work();
  } catch {
    return undefined; // numbers that are no key verify nothing
  }
};
