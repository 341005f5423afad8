import { createHash } from "node:crypto";
import { readRegular } from "../read-inside.ts";
import { inside } from "../inside.ts";
import type { Sandbox } from "../sandbox.ts";
import type { RepositoryDigest } from "../../core/step-cache.ts";

const lists = "/var/lib/apt/lists";

/** Bytes: the largest InRelease that we know, a distribution's, has a fiftieth of it. */
const mostBytes = 16 * 1024 ** 2;

/**
 * What the repositories said that an image's apt read last, from its lists; undefined where that
 * cannot be asked again, as of a repository that is a folder. Throws CommandFailed, UnusablePath.
 */
export const imageRepositories = async (
  sandbox: Sandbox,
): Promise<RepositoryDigest[] | undefined> => {
  const lines: string[] = [];
  const options = { deafToErrors: true, timeout: 60, onLine: (line: string) => lines.push(line) };
  const { status } = await sandbox.run(["apt-get", "--print-uris", "update"], options);
  if (status !== 0) return undefined;
  const folder = await inside(sandbox.root, lists);
  return aptRepositories(lines.join("\n"), async (name) => {
    const text = await readRegular(`${folder}/${name}`, `${lists}/${name}`, mostBytes);
    return text === undefined ? undefined : Buffer.from(text);
  });
};

/**
 * Digests of the files that `apt-get --print-uris update` names, a line each:
 * `'http://…/InRelease' deb.debian.org_…_InRelease 0`. A repository that has no InRelease has a
 * Release instead. Undefined when one of them is not on the web, was not read, or there is none.
 */
export const aptRepositories = async (
  uris: string,
  read: (name: string) => Promise<Buffer | undefined>,
): Promise<RepositoryDigest[] | undefined> => {
  const found: RepositoryDigest[] = [];
  for (const [, url = "", name = ""] of uris.matchAll(/^'([^']+)' ([^/\s]+)/gm)) {
    if (!name.endsWith("InRelease")) continue; // indexes, whose digests are in it
    if (!/^https?:\/\//.test(url)) return undefined;
    const one = (await digestOf(url, name, read)) ?? (await digestOf(old(url), old(name), read));
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found.length === 0 ? undefined : found;
};

/** Before Debian 7, and in flat repositories, the signature is a file of its own. */
const old = (name: string): string => name.replace(/InRelease$/, "Release");

const digestOf = async (
  url: string,
  name: string,
  read: (name: string) => Promise<Buffer | undefined>,
): Promise<RepositoryDigest | undefined> => {
  const content = await read(name);
  if (content === undefined) return undefined;
  return { url, digest: `sha256:${createHash("sha256").update(content).digest("hex")}` };
};
