import {
  constants,
  createCipheriv,
  createDecipheriv,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { promisify } from "node:util";
import * as z from "zod";

/*
 * How secrets reach a builder: it makes a key pair, whose private half never leaves its memory, and
 * gets them sealed with the public one. What lies in the bucket, in whatever version, is of no use
 * to others, and of none to anybody once the bake has ended.
 *
 * The text is encrypted by AES-256-GCM, and that key by RSA-OAEP with SHA-256, as PKCS #1 2.2
 * (RFC 8017) has them.
 */

const base64 = z.base64();

/** All in base64. */
const Sealed = z.strictObject({ key: base64, iv: base64, tag: base64, text: base64 });

const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" } as const;

/** What opens a seal, and the PEM by which others make it. */
export interface SealKey {
  privateKey: KeyObject;
  publicPem: string;
}

export const newSealKey = async (): Promise<SealKey> => {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 3072,
  });
  return { privateKey, publicPem: publicKey.export({ type: "spki", format: "pem" }) as string };
};

/** Makes of a text what only the holder of the private key can read. Throws for what is no key. */
export const seal = (publicPem: string, text: string): string => {
  const key = randomBytes(32);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const parts = {
    key: publicEncrypt({ key: publicPem, ...padding }, key),
    ...{ iv, tag: cipher.getAuthTag(), text: sealed },
  };
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [name, part.toString("base64")]),
    ),
  );
};

const bytes = (part: string) => Buffer.from(part, "base64");

/** The text that was sealed. Throws for what was sealed for another, or changed. */
export const unseal = (privateKey: KeyObject, sealed: string): string => {
  const { key, iv, tag, text } = Sealed.parse(JSON.parse(sealed));
  const opened = privateDecrypt({ key: privateKey, ...padding }, bytes(key));
  const decipher = createDecipheriv("aes-256-gcm", opened, bytes(iv), { authTagLength: 16 });
  decipher.setAuthTag(bytes(tag));
  return Buffer.concat([decipher.update(bytes(text)), decipher.final()]).toString("utf8");
};
