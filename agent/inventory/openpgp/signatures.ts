import { Buffer } from "node:buffer";
import { constants, createHash, publicDecrypt, verify, type KeyObject } from "node:crypto";
import type { VerifyingKey } from "./keys.ts";
import { modernLength, numbersAt, packetsOf } from "./packets.ts";

/** A signature over something that need not be kept: its digest was made. */
export interface Signature {
  /** The signer's id, as VerifyingKey has it; absent when the signature does not say. */
  signer?: string;
  /** Whether one of the keys made it. */
  isBy(key: VerifyingKey): boolean;
}

const signatureTag = 2;

/** RFC 9580, section 5.2.1: of a document as it is, or of a text whose lines end as on the wire. */
export const documents = { binary: 0, text: 1 };

/**
 * RFC 9580, section 9.5: an algorithm's number, and what stands before its digest in a signature
 * of RSA. MD5 and SHA-1 are not among them: what they sign, somebody else may have written.
 */
const hashes = new Map<number, { name: string; prefix: Buffer }>(
  Object.entries({
    8: { name: "sha256", prefix: "3031300d060960864801650304020105000420" },
    9: { name: "sha384", prefix: "3041300d060960864801650304020205000430" },
    10: { name: "sha512", prefix: "3051300d060960864801650304020305000440" },
    11: { name: "sha224", prefix: "302d300d06096086480165030402040500041c" },
  }).map(([number, { name, prefix }]) => [
    Number(number),
    { name, prefix: Buffer.from(prefix, "hex") },
  ]),
);

/** The signatures in a packet, or in several, over this; those that are of no use are left out. */
export const signaturesOver = (
  signed: Buffer,
  packets: Uint8Array,
  document: number = documents.binary,
): Signature[] =>
  packetsOf(Buffer.from(packets)).flatMap(({ tag, body }) => {
    const one = tag === signatureTag ? parse(body) : undefined;
    const hash = one === undefined ? undefined : hashes.get(one.hash);
    if (one === undefined || hash === undefined || one.type !== document) return [];
    const whole = createHash(hash.name);
    const digest = whole.update(one.salt).update(signed).update(one.trailer).digest();
    const { signer, algorithm, numbers } = one;
    const isBy = ({ key }: VerifyingKey) =>
      key !== undefined && isMadeBy(key, { algorithm, numbers, digest, prefix: hash.prefix });
    return [{ ...(signer !== undefined && { signer }), isBy }];
  });

interface Parsed {
  type: number;
  algorithm: number;
  hash: number;
  salt: Buffer;
  /** What is hashed after the document. */
  trailer: Buffer;
  signer?: string;
  /** What the algorithm made. */
  numbers: Buffer;
}

const parse = (body: Buffer): Parsed | undefined => {
  const version = body[0];
  if (version === 3) return parseThird(body);
  return version === 4 ? parseFourth(body) : undefined;
};

const none = Buffer.alloc(0);

/** RFC 9580, section 5.2.2: type and time are hashed, and the signer's id is not. */
const parseThird = (body: Buffer): Parsed | undefined => {
  if (body.length < 20 || body[1] !== 5) return undefined;
  const [type = 0, algorithm = 0, hash = 0] = [body[2], body[15], body[16]];
  return {
    ...{ type, algorithm, hash, salt: none, trailer: body.subarray(2, 7) },
    signer: body.toString("hex", 7, 15).toUpperCase(),
    numbers: body.subarray(19),
  };
};

/** RFC 9580, sections 5.2.3 and 5.2.4. */
const parseFourth = (body: Buffer): Parsed | undefined => {
  if (body.length < 10) return undefined;
  const [type = 0, algorithm = 0, hash = 0] = [body[1], body[2], body[3]];
  const end = 6 + body.readUInt16BE(4);
  if (end + 2 > body.length) return undefined;
  const last = end + 2 + body.readUInt16BE(end);
  if (last + 2 > body.length) return undefined;
  const after = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  after.writeUInt32BE(end, 2);
  const signer = signerIn(body.subarray(6, end)) ?? signerIn(body.subarray(end + 2, last));
  return {
    ...{ type, algorithm, hash, salt: none },
    trailer: Buffer.concat([body.subarray(0, end), after]),
    ...(signer !== undefined && { signer }),
    numbers: body.subarray(last + 2),
  };
};

/** RFC 9580, sections 5.2.3.12 and 5.2.3.35: the signer's id, or the end of its fingerprint. */
const signerIn = (subpackets: Buffer): string | undefined => {
  for (let at = 0; at < subpackets.length;) {
    const length = modernLength(subpackets, at);
    if (length === undefined || length.value === 0) return undefined;
    const [type = 0, end] = [subpackets[length.at], length.at + length.value];
    const content = subpackets.subarray(length.at + 1, end);
    if ((type & 0x7f) === 16) return content.toString("hex").toUpperCase();
    if ((type & 0x7f) === 33) return content.toString("hex").slice(-16).toUpperCase();
    at = end;
  }
  return undefined;
};

interface Made {
  algorithm: number;
  numbers: Buffer;
  digest: Buffer;
  prefix: Buffer;
}

const isMadeBy = (key: KeyObject, { algorithm, numbers, digest, prefix }: Made): boolean => {
  try {
    if (key.asymmetricKeyType === "rsa" && (algorithm === 1 || algorithm === 3)) {
      return rsaContent(key, numbers).equals(Buffer.concat([prefix, digest]));
    }
    if (key.asymmetricKeyType !== "ed25519") return false;
    return verify(null, digest, key, edNumbers(algorithm, numbers));
  } catch {
    return false; // padding or numbers that no signer makes
  }
};

/** As long as the key's modulus: leading zeros are not written. */
const rsaContent = (key: KeyObject, numbers: Buffer): Buffer => {
  const [content = none] = numbersAt(numbers, 0, 1) ?? [];
  const size = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  const padded = Buffer.concat([Buffer.alloc(Math.max(0, size - content.length)), content]);
  return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, padded);
};

/** Two numbers of 32 bytes; the newer algorithm, 27, writes them as they are. */
const edNumbers = (algorithm: number, numbers: Buffer): Buffer => {
  if (algorithm === 27) return numbers.subarray(0, 64);
  const [r = none, s = none] = numbersAt(numbers, 0, 2) ?? [];
  return Buffer.concat([Buffer.alloc(32 - r.length), r, Buffer.alloc(32 - s.length), s]);
};
