import { Buffer } from "node:buffer";
import type { VerifyingKey } from "./openpgp/keys.ts";
import { type Certificate, certificatesIn } from "./openpgp/keys.ts";
import { type Signature, signaturesOver } from "./openpgp/signatures.ts";
import { algorithmOf } from "./rpm-files.ts";
import type { Header } from "./rpm-tags.ts";

/*
 * rpm installs a package's header as it was signed, beside its signatures, whose tags have numbers
 * of their own in a database: rpm's manual, "Tags", and lib/rpmtag.h.
 */
const tags = {
  /** RSA and, in spite of its name, EdDSA: signatures of one packet. */
  packets: [268, 267],
  /** In base64, since rpm 4.20. */
  texts: 278,
  description: 1005,
  publicKeys: 266,
};

/** Signatures over a header with a tag of its own for each: no package has more. */
const mostSignatures = 16;

/** The signatures over what is read of a header, digests of files included. */
export const signaturesOf = (header: Header): Signature[] => {
  const { signed } = header;
  if (signed === undefined || !isStrong(header)) return [];
  const binary = tags.packets.flatMap((tag) => header.bytes(tag) ?? []);
  const texts = header.texts(tags.texts).slice(0, mostSignatures);
  const all = [...binary, ...texts.map((text) => Buffer.from(text, "base64"))];
  return all.flatMap((packets) => signaturesOver(signed, packets)).slice(0, mostSignatures);
};

/** What MD5 or SHA-1 say of a file is not as good as the signature over it. */
const isStrong = (header: Header): boolean => {
  const algorithm = algorithmOf(header.signedOnly());
  return algorithm !== undefined && algorithm !== "md5" && algorithm !== "sha1";
};

/** The keys that rpm was given; each is a package by the name `gpg-pubkey`. */
export const keysOf = (header: Header): Certificate[] => {
  const armoured = certificatesIn(Buffer.from(header.texts(tags.description)[0] ?? "", "latin1"));
  if (armoured.length > 0) return armoured;
  const [text = ""] = header.texts(tags.publicKeys);
  return certificatesIn(Buffer.from(text, "base64"));
};

/** Whether one of the keys made one of the signatures. */
export const isSigned = (
  signatures: readonly Signature[],
  keys: ReadonlyMap<string, VerifyingKey[]>,
): boolean =>
  signatures.some(
    (one) => one.signer !== undefined && (keys.get(one.signer) ?? []).some((key) => one.isBy(key)),
  );

/** Keys by their ids: a signature names whose it is, and no other is tried. */
export const byId = (certificates: readonly Certificate[]): Map<string, VerifyingKey[]> =>
  Map.groupBy(
    certificates.flatMap((one) => [one, ...one.subkeys]),
    ({ id }) => id,
  );
