import { posix } from "node:path";
import type { RepositoryDigest } from "../../core/step-cache.ts";
import { digestOf } from "../../core/digest-of.ts";
import type { ImageView } from "./image-view.ts";

/*
 * A repository of RPMs says what it has in its `repodata/repomd.xml`, which has the digests of all
 * else; package managers keep it as it was fetched.
 */

/** A repository as dnf tells of it. */
interface Told {
  id: string;
  /** Where its files are: of several places the first. */
  base?: string;
  /** A file on the web with the addresses of its mirrors. */
  mirrorlist?: string;
}

/** dnf's cache, and that of dnf 5. */
const dnfCaches = ["/var/cache/dnf", "/var/cache/libdnf5"];

/** What dnf read last; undefined where that cannot be asked again. Throws CommandFailed, UnusablePath. */
export const dnfRepositories = async (view: ImageView): Promise<RepositoryDigest[] | undefined> => {
  const text = await view.said(["dnf", "--cacheonly", "repoinfo", "--enabled"]);
  if (text === undefined) return undefined;
  const caches = await Promise.all(
    dnfCaches.map(async (cache) => (await view.names(cache)).map((name) => `${cache}/${name}`)),
  );
  return together(toldByDnf(text).map((told) => ofDnf(view, told, caches.flat())));
};

/**
 * What `dnf repoinfo` prints, by dnf 4 (`Repo-id : updates`, `Repo-baseurl : https://… (7 more)`,
 * `Repo-mirrors : …`) or by dnf 5 (`Repo ID : updates`, `  Base URL : …`, `  Mirrorlist : …`).
 */
const toldByDnf = (text: string): Told[] => {
  const all: Told[] = [];
  for (const line of text.split("\n")) {
    const [, key, value = ""] = told.exec(line) ?? [];
    const last = all.at(-1);
    if (key === "Repo-id" || key === "Repo ID") all.push({ id: value });
    else if (last === undefined) continue;
    else if (key === "Repo-baseurl" || key === "Base URL") last.base ??= value.replace(/,$/, "");
    else if (key === "Repo-mirrors" || key === "Mirrorlist") last.mirrorlist = value;
  }
  return all;
};

const told = /^\s*(Repo-id|Repo ID|Repo-baseurl|Base URL|Repo-mirrors|Mirrorlist)\s*:\s*(\S+)/;

const ofDnf = async (
  view: ImageView,
  { id, base, mirrorlist }: Told,
  folders: readonly string[],
): Promise<RepositoryDigest[] | undefined> => {
  const own = folders.filter((path) => isCacheOf(path, id));
  const [folder] = own;
  // two: it was set up otherwise by a step, and which of them packages came from nobody knows
  if (folder === undefined || own.length > 1) return undefined;
  const repomd = await indexDigest(view, folder, base);
  if (repomd === undefined || mirrorlist === undefined) return repomd;
  const mirrors = await view.read(`${folder}/mirrorlist`);
  if (mirrors === undefined) return undefined;
  return isPointer(mirrors) ? [...repomd, { url: mirrorlist, digest: digestOf(mirrors) }] : repomd;
};

/** `updates-e4a6d4e2c2a9f1b0`: 16 digits say how the repository was set up. */
const isCacheOf = (path: string, id: string): boolean => {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.startsWith(`${id}-`) && /^[0-9a-f]{16}$/.test(name.slice(id.length + 1));
};

/**
 * Whether a list has hardly a mirror: Amazon Linux' names one folder that never changes, and
 * another one when there are updates. What changes of a list of mirrors is their order.
 */
const isPointer = (mirrorlist: string): boolean =>
  mirrorlist.split("\n").filter((line) => /^\s*https?:/.test(line)).length < 3;

/** What zypper read last; undefined where that cannot be asked again. Throws CommandFailed, UnusablePath. */
export const zypperRepositories = async (
  view: ImageView,
): Promise<RepositoryDigest[] | undefined> => {
  const text = await view.said(["zypper", "--no-refresh", "--xmlout", "repos", "--uri"]);
  if (text === undefined) return undefined;
  return together(
    // zypper writes a repository's attributes and addresses in lines of their own, in this order
    [...text.matchAll(/<repo alias="([^"]*)"([^>]*)>\s*(?:<url>([^<]*)<\/url>)?/g)].flatMap(
      ([, alias = "", attributes = "", url = ""]) => {
        if (!attributes.includes(' enabled="1"')) return [];
        const folder = plain(alias).replaceAll("/", "_");
        return [indexDigest(view, `/var/cache/zypp/raw/${folder}`, plain(url))];
      },
    ),
  );
};

/** The text that an XML document has of it. */
const plain = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? "");

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const indexDigest = async (
  view: ImageView,
  folder: string,
  base = "",
): Promise<RepositoryDigest[] | undefined> => {
  const url = indexUrl(base);
  if (url === undefined) return undefined;
  const repomd = await view.read(`${folder}/repodata/repomd.xml`);
  if (repomd === undefined) return undefined;
  return [{ url, digest: digestOf(repomd) }];
};

/** Undefined where nobody else can ask it: out of the web, or with a password, which is not kept. */
const indexUrl = (base: string): string | undefined => {
  const url = URL.parse(base);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  url.pathname = posix.join(url.pathname, "repodata/repomd.xml"); // what it asks with, stays
  return url.href;
};

/** All of them; undefined where one is, or where there is none. */
const together = async (
  reading: readonly Promise<RepositoryDigest[] | undefined>[],
): Promise<RepositoryDigest[] | undefined> => {
  const found: RepositoryDigest[] = [];
  for (const digests of await Promise.all(reading)) {
    if (digests === undefined) return undefined;
    found.push(...digests);
  }
  return found.length === 0 ? undefined : found;
};
