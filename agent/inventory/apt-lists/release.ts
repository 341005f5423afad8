import type { Buffer } from "node:buffer";
import { clearSignedIn } from "../openpgp/clear-signed.ts";
import type { Certificate } from "../openpgp/keys.ts";
import { type Signature, signaturesOver } from "../openpgp/signatures.ts";

/** What a repository says of itself. */
export interface Release {
  /** SHA-256 of its lists, hexadecimal, by their paths in it. */
  digests: ReadonlyMap<string, string>;
  /** When it was made, as it says; absent when it does not say. */
  date?: Date;
  /** Fingerprint of the key that signed it; absent if none of those that may did. */
  signer?: string;
  /** Why not: a sentence that begins with "it". */
  because?: string;
}

/** `InRelease`: signed in itself; nothing that stands outside of what was signed is read. */
export const signedRelease = (data: Buffer, keys: readonly Certificate[]): Release => {
  const found = clearSignedIn(data);
  if (found === undefined) return { digests: new Map(), because: "it is no signed text" };
  const date = dateIn(found.text);
  const said = { digests: digestsIn(found.text), ...(date && { date }) };
  return { ...said, ...vouching(found.signatures, keys) };
};

/** `Release`, with a signature of its own where there is one. */
export const plainRelease = (
  data: Buffer,
  signature: Buffer | undefined,
  keys: readonly Certificate[],
): Release => {
  const digests = digestsIn(data.toString("latin1"));
  if (signature === undefined) return { digests, because: "it has no signature" };
  return { digests, ...vouching(signaturesOver(data, signature), keys) };
};

const vouching = (
  signatures: readonly Signature[],
  keys: readonly Certificate[],
): Pick<Release, "signer" | "because"> => {
  const signer = keys.find((one) =>
    [one, ...one.subkeys].some((key) =>
      signatures.some((signature) => signature.signer === key.id && signature.isBy(key)),
    ),
  );
  if (signer !== undefined) return { signer: signer.fingerprint };
  return { because: "it has no signature by a key that the image trusts for it" };
};

const dateIn = (text: string): Date | undefined => {
  const date = new Date(/^Date: (.+)$/m.exec(text)?.[1] ?? "");
  return Number.isNaN(date.getTime()) ? undefined : date;
};

/** The field `SHA256`: a line for each file, with its digest, its size and its path. */
const digestsIn = (text: string): Map<string, string> => {
  const digests = new Map<string, string>();
  let inside = false;
  for (const line of text.split("\n")) {
    if (!line.startsWith(" ")) inside = /^sha256:\s*$/i.test(line);
    const [, hex, path] = inside ? (/^ +([0-9a-f]{64}) +[0-9]+ +(\S+)$/.exec(line) ?? []) : [];
    if (hex !== undefined && path !== undefined) digests.set(path, hex);
  }
  return digests;
};
