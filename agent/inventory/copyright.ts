import { closeSync, fstatSync, lstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Package } from "../../core/inventory.ts";
import { fileFlags } from "./content.ts";
import { databasePlace, DatabaseProblem } from "./database-file.ts";

/*
 * dpkg's database names no licences. Debian's packages have them in a copyright file, two of three
 * in the form of https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
 */

/** Bytes of a copyright file that is read; Chromium's has one million. */
const largest = 4 * 1024 ** 2;

/** Characters of all of a package's licences; beyond that they say nothing to anybody. */
const longest = 4096;

/** What dpkg takes as a name; it leads to no other folder. */
const packageName = /^[a-z0-9][a-z0-9+.-]*$/;

/** The same packages, those of dpkg with the licences that their copyright files name. */
export const withLicences = async (
  root: string,
  packages: readonly Package[],
): Promise<Package[]> => {
  const names = new Set(packages.flatMap(({ kind, name }) => (kind === "dpkg" ? [name] : [])));
  const folder = names.size === 0 ? undefined : await documents(root);
  if (folder === undefined) return [...packages];
  const found = new Map<string, string>();
  for (const name of names) {
    const text = packageName.test(name) ? await copyrightOf(root, folder, name) : undefined;
    const licence = text === undefined ? undefined : licenceOf(text);
    if (licence !== undefined) found.set(name, licence);
  }
  return packages.map((one) => {
    const licence = one.kind === "dpkg" ? found.get(one.name) : undefined;
    return licence === undefined ? one : { ...one, licence };
  });
};

/** The folder on the host in which packages have their documents. */
const documents = (root: string): Promise<string | undefined> =>
  unlessUnusable(root, documentsPath);

const documentsPath = "/usr/share/doc";

const unlessUnusable = async (root: string, path: string): Promise<string | undefined> => {
  try {
    return await databasePlace(root, path);
  } catch (error) {
    if (error instanceof DatabaseProblem) return undefined;
    throw error;
  }
};

/** Links are followed about the image where there are any; most packages have none. */
const copyrightOf = async (
  root: string,
  folder: string,
  name: string,
): Promise<string | undefined> => {
  const own = lstatSync(join(folder, name), { throwIfNoEntry: false });
  if (own === undefined) return undefined;
  const found = own.isDirectory() ? textOf(join(folder, name, "copyright")) : undefined;
  if (found !== undefined) return found;
  const place = await unlessUnusable(root, `${documentsPath}/${name}/copyright`);
  return place === undefined ? undefined : textOf(place);
};

/** Of a file that can be read and is not too large; at once, for it is the system's cache that answers. */
const textOf = (place: string): string | undefined => {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(place, fileFlags);
    const stats = fstatSync(descriptor);
    return stats.isFile() && stats.size <= largest ? readFileSync(descriptor, "utf8") : undefined;
  } catch {
    return undefined; // a licence that cannot be read is one that is not known
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

/** The licences of a copyright file's files, all of which apply; undefined when none is named. */
export const licenceOf = (text: string): string | undefined => {
  if (!/^Format:\s*\S*(?:copyright-format|dep5|DEP-?5)/i.test(text)) return undefined;
  const named = [...licencesIn(text)].filter((licence) => licence !== "");
  const distinct = [...new Set(named)].toSorted();
  const all = distinct.length === 1 ? distinct : distinct.map(grouped);
  const whole = all.join(" and ");
  return whole === "" || whole.length > longest ? undefined : whole;
};

const grouped = (licence: string): string =>
  / (?:or|and) /i.test(licence) ? `(${licence})` : licence;

/** First lines of the field `License` in paragraphs about files: others have a licence's text. */
function* licencesIn(text: string): Generator<string> {
  for (let at = text.indexOf("\nFiles:"); at !== -1; at = text.indexOf("\nFiles:", at + 1)) {
    const end = text.indexOf("\n\n", at);
    const paragraph = text.slice(at, end === -1 ? undefined : end);
    yield /\nLicense:[ \t]*(.*)/i.exec(paragraph)?.[1]?.trim() ?? "";
  }
}
