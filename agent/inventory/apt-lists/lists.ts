import { join } from "node:path";
import { databaseBytes, databasePlace, DatabaseProblem } from "../database-file.ts";
import { openTexts } from "../database-text.ts";
import { keysFor } from "../repositories/apt-keys.ts";
import { type AptSource, readAptSources } from "../repositories/apt-sources.ts";
import { openKeyFiles } from "../repositories/key-files.ts";
import { settingsIn } from "../repositories/settings.ts";
import { withoutUser } from "../../../core/shown-url.ts";
import type { AptListsOrder } from "./read.ts";
import { listName } from "./list-name.ts";
import { plainRelease, type Release, signedRelease } from "./release.ts";
import { listEndings } from "./scan-list.ts";

/** A list that is there, and what its repository says of it. */
export interface ListThere {
  /** What the names of its repository's files begin with, on the host. */
  prefix: string;
  /** URL, suite and component. */
  repository: string;
  /** On the host. */
  place: string;
  ending: string;
  /** As the Release has it; absent when that has none of the list as it is unpacked. */
  digest?: string;
  release: Release;
}

/** Repositories of which the Release is read: a machine has a dozen. */
const mostReleases = 200;

/** Lists by the sources that they are of, each once. */
export const listsIn = async ({
  root,
  folder,
}: Pick<AptListsOrder, "root" | "folder">): Promise<ListThere[]> => {
  const settings = settingsIn(root, "packages");
  const files = openKeyFiles(settings);
  const at = await databasePlace(root, folder);
  const names = new Set(openTexts().names(at));
  const seen = new Set<string>();
  const found = new Map<string, ListThere>();
  for (const source of names.size === 0 ? [] : await readAptSources(settings)) {
    for (const { url, shown } of source.enabled ? basesOf(source) : []) {
      const prefix = listName(url);
      if (seen.has(prefix) || seen.size >= mostReleases) continue;
      const release = await releaseAt(join(at, prefix), () => keysFor(source, files));
      if (release === undefined) continue;
      seen.add(prefix);
      for (const { path, component } of listsOf(release)) {
        const name = prefix + listName(path);
        const ending = listEndings.find((one) => names.has(name + one));
        if (ending === undefined) continue;
        const digest = release.digests.get(path);
        const repository = `${shown} ${component}`.trim();
        const list = {
          ...{ prefix: join(at, prefix), place: join(at, name + ending) },
          ...{ repository, ending, release },
        };
        found.set(name, { ...list, ...(digest !== undefined && { digest }) });
      }
    }
  }
  return [...found.values()];
};

/** Where an image's sources have their Releases, and the keys that it trusts for each. */
export const releasesIn = async (
  root: string,
): Promise<{ url: string; keys(): ReturnType<typeof keysFor> }[]> => {
  const settings = settingsIn(root, "packages");
  const files = openKeyFiles(settings);
  const sources = (await readAptSources(settings)).filter(({ enabled }) => enabled);
  return sources.flatMap((source) =>
    [...basesOf(source)].map(({ url }) => ({ url, keys: () => keysFor(source, files) })),
  );
};

/** Where a source's Release is, for each of its suites: sources.list(5). */
function* basesOf({ urls, suites }: AptSource): Generator<{ url: string; shown: string }> {
  for (const given of urls) {
    const url = given.endsWith("/") ? given : `${given}/`;
    for (const suite of suites) {
      const shown = `${withoutUser(given)} ${suite}`;
      if (!suite.endsWith("/")) yield { url: `${url}dists/${suite}/`, shown };
      else yield { url: suite === "/" ? url : url + suite, shown };
    }
  }
}

/** Lists of binary packages that a Release names, packed or not, each once and without its packing. */
export function* listsOf({ digests }: Release): Generator<{ path: string; component: string }> {
  const paths = new Set([...digests.keys()].map((path) => path.replace(/\.\w+$/, "")));
  for (const path of paths) {
    const [whole, component = ""] = /^(?:(.+)\/binary-[^/]+\/)?Packages$/.exec(path) ?? [];
    if (whole !== undefined) yield { path, component };
  }
}

/** The Release among the lists, however it is signed; undefined when none can be read. */
const releaseAt = async (
  prefix: string,
  keys: () => ReturnType<typeof keysFor>,
): Promise<Release | undefined> => {
  try {
    const signed = await databaseBytes(`${prefix}InRelease`);
    if (signed !== undefined) return signedRelease(signed, await keys());
    const plain = await databaseBytes(`${prefix}Release`);
    if (plain === undefined) return undefined;
    return plainRelease(plain, await databaseBytes(`${prefix}Release.gpg`), await keys());
  } catch (error) {
    if (error instanceof DatabaseProblem) return undefined;
    throw error;
  }
};
