import { Buffer } from "node:buffer";
import { eachIn, octetsOf, tags, type Value, valuesIn } from "./ber.ts";

/*
 * PKCS #12 (RFC 7292): a store of bags in safes. Programs encrypt a safe of certificates as a whole,
 * and put keys, each encrypted by itself, in one that anybody can read. A store of which all is
 * encrypted has certificates.
 */

const { integer, oid, sequence, first } = tags;

const newest = 3;

/** 1.2.840.113549.1.7.1: what is not encrypted. */
const data = Buffer.from("2a864886f70d010701", "hex");

/** 1.2.840.113549.1.12.10.1, and the kind of a bag. */
const bag = Buffer.from("2a864886f70d010c0a01", "hex");

/** A key, an encrypted key, another secret. */
const secret = new Set<number | undefined>([1, 2, 5]);

/** Whether a file is such a store, and has a key in it. */
export const hasPkcs12Key = (file: Buffer): boolean => {
  const [all] = (file[0] === sequence && valuesIn(file, 1)) || [];
  const [version, safes] = (all && valuesIn(all.bytes, 2)) ?? [];
  if (version?.tag !== integer || version.bytes.length !== 1 || version.bytes[0] !== newest) {
    return false;
  }
  return within(contentOf(safes)).some((safe) => within(contentOf(safe)).some(isSecret));
};

/** What is in a ContentInfo, when that is not encrypted. */
const contentOf = (info: Value | undefined): Buffer | undefined => {
  if (info?.tag !== sequence) return undefined;
  const [type, content] = valuesIn(info.bytes, 2) ?? [];
  if (type?.tag !== oid || !type.bytes.equals(data) || content?.tag !== first) return undefined;
  const [octets] = valuesIn(content.bytes, 1) ?? [];
  return octets && octetsOf(octets);
};

/** What is in a sequence. */
const within = (bytes: Buffer | undefined): IteratorObject<Value | undefined> => {
  const [all] = (bytes && valuesIn(bytes, 1)) ?? [];
  return eachIn(all?.tag === sequence ? all.bytes : Buffer.alloc(0));
};

const isSecret = (one: Value | undefined): boolean => {
  const [type, value] = (one?.tag === sequence && valuesIn(one.bytes, 2)) || [];
  if (type?.tag !== oid || value?.tag !== first) return false;
  return type.bytes.subarray(0, -1).equals(bag) && secret.has(type.bytes.at(-1));
};
