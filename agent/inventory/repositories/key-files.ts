import type { Buffer } from "node:buffer";
import { createHash, createPublicKey } from "node:crypto";
import type { TrustedKey } from "../../../core/inventory/found/repository.ts";
import { type Certificate, certificatesIn } from "../openpgp/keys.ts";
import type { Settings } from "./settings.ts";

/** Keys of files, each file read once. */
export interface KeyFiles {
  /** The certificates in a file; none when it is not there. */
  read(path: string): Promise<Certificate[]>;
  settings: Settings;
}

export const openKeyFiles = (settings: Settings): KeyFiles => {
  const known = new Map<string, Promise<Certificate[]>>();
  const certificates = async (path: string): Promise<Certificate[]> => {
    const data = await settings.bytes(path);
    const found = data === undefined ? [] : certificatesIn(data);
    if (data !== undefined && found.length === 0) {
      settings.problem(path, "it has no OpenPGP key that can be read");
    }
    return found;
  };
  return {
    settings,
    read(path) {
      const found = known.get(path) ?? certificates(path);
      known.set(path, found);
      return found;
    },
  };
};

/** Characters of whom a key names. */
const longestName = 300;

/** A key for the inventory. */
export const trustedKey = (path: string, { fingerprint, names }: Certificate): TrustedKey => ({
  ...{ path, fingerprint },
  names: names.map((name) => name.slice(0, longestName)),
});

/** A key of apk-tools: PEM, by the name of its file. */
export const apkKey = (path: string, pem: Buffer): TrustedKey | undefined => {
  try {
    const der = createPublicKey(pem).export({ type: "spki", format: "der" });
    const fingerprint = createHash("sha256").update(der).digest("hex").toUpperCase();
    const [name = ""] = path.split("/").slice(-1);
    return { path, fingerprint, names: [name.replace(/\.rsa\.pub$|\.pub$/, "")] };
  } catch {
    return undefined;
  }
};
