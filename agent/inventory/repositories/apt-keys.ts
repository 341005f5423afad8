import { Buffer } from "node:buffer";
import { type Certificate, certificatesIn } from "../openpgp/keys.ts";
import type { AptSource } from "./apt-sources.ts";
import type { KeyFiles } from "./key-files.ts";

/** What any source may be signed by: apt-key(8). */
export const keyrings = async ({ settings }: Pick<KeyFiles, "settings">): Promise<string[]> => [
  "/etc/apt/trusted.gpg",
  ...(await settings.paths("/etc/apt/trusted.gpg.d", /^[\w.-]+\.(?:gpg|asc)$/)),
];

/** The key that `signed-by` itself is; undefined when it is none. An empty line of it is a dot. */
export const keyIn = (signedBy: string | undefined): Certificate[] | undefined =>
  signedBy?.includes("-----BEGIN PGP") === true
    ? certificatesIn(Buffer.from(signedBy.trim().replaceAll(/^\.$/gm, "")))
    : undefined;

/** Paths of keyrings, and fingerprints, that `signed-by` names. */
export const signersIn = (signedBy: string | undefined): string[] =>
  (signedBy ?? "").split(/[\s,]+/).filter((word) => word !== "");

/** The keys that may sign what a source has: those it names, or all that apt trusts. */
export const keysFor = async ({ options }: AptSource, files: KeyFiles): Promise<Certificate[]> => {
  const value = options.get("signed-by");
  const own = keyIn(value);
  if (own !== undefined) return own;
  const signers = signersIn(value);
  const paths = signers.filter((signer) => signer.startsWith("/"));
  const places = paths.length > 0 ? paths : await keyrings(files);
  const all = (await Promise.all(places.map((path) => files.read(path)))).flat();
  if (paths.length === signers.length) return all;
  const wanted = new Set(signers.map((signer) => signer.replace(/!$/, "").toUpperCase()));
  return all.filter((one) =>
    [one, ...one.subkeys].some(({ fingerprint }) => wanted.has(fingerprint)),
  );
};
