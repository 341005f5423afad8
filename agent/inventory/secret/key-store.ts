import type { Buffer } from "node:buffer";
import { javaStoreWithKey } from "./java-store.ts";
import { hasPkcs12Key } from "./pkcs12.ts";
import { keyDigest } from "./private-key.ts";
import type { Sighting } from "./sighting.ts";

/**
 * A file that is a store with a private key in it: it can be seen without the store's password,
 * which the key is encrypted by. Stores of nothing but certificates, as every Java has one, are no
 * secret.
 */
export const storedKeyIn = (file: Buffer): Sighting | undefined => {
  const kind = javaStoreWithKey(file) ?? (hasPkcs12Key(file) ? "PKCS #12" : undefined);
  if (kind === undefined) return undefined;
  return { kind: "private-key", shown: `${kind} store with a key, ${keyDigest(file)}` };
};
