import { digestOf } from "../../core/digest-of.ts";
import type { RepositoryDigest } from "../../core/step-cache.ts";

/**
 * Digests of the files that `apt-get --print-uris update` names, a line each:
 * `'http://…/InRelease' deb.debian.org_…_InRelease 0`. A repository that has no InRelease has a
 * Release instead. Undefined when one of them is not on the web, was not read, or there is none.
 */
export const aptRepositories = async (
  uris: string,
  read: (name: string) => Promise<string | Uint8Array | undefined>,
): Promise<RepositoryDigest[] | undefined> => {
  const found: RepositoryDigest[] = [];
  for (const [, url = "", name = ""] of uris.matchAll(/^'([^']+)' ([^/\s]+)/gm)) {
    if (!name.endsWith("InRelease")) continue; // indexes, whose digests are in it
    if (!/^https?:\/\//.test(url)) return undefined;
    const one = (await ofFile(url, name, read)) ?? (await ofFile(old(url), old(name), read));
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found.length === 0 ? undefined : found;
};

/** Before Debian 7, and in flat repositories, the signature is a file of its own. */
const old = (name: string): string => name.replace(/InRelease$/, "Release");

const ofFile = async (
  url: string,
  name: string,
  read: (name: string) => Promise<string | Uint8Array | undefined>,
): Promise<RepositoryDigest | undefined> => {
  const content = await read(name);
  return content === undefined ? undefined : { url, digest: digestOf(content) };
};
