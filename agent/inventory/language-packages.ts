import type { LanguagePackage } from "../../core/inventory/found/language-package.ts";
import type { RegularFile } from "../../core/inventory.ts";
import { isExecutable } from "./activity/systemd.ts";
import type { ImageFiles } from "./image-files.ts";
import type { FoundPackage } from "./language/found.ts";
import { gemFiles, gemPackage } from "./language/gem.ts";
import { goModules, smallestGo } from "./language/go.ts";
import { type JarBudget, jarFiles, jarPackages } from "./language/jar.ts";
import { npmFiles, npmPackage } from "./language/npm.ts";
import { pypiFiles, pypiPackage } from "./language/pypi.ts";
import type { Owners } from "./owners.ts";

/** Bytes that are unpacked of all archives of an image. */
const mostUnpacked = 2 * 1024 ** 3;

/** Packages that are told of by a text, by the file's path. */
const texts: readonly [files: RegExp, read: (text: string) => FoundPackage[]][] = [
  [npmFiles, npmPackage],
  [pypiFiles, pypiPackage],
  [gemFiles, gemPackage],
];

/**
 * The packages of languages' own package managers that are installed in an image, by kind, name,
 * version and path. What only names packages, as a lockfile does, has none installed.
 */
export const findLanguagePackages = async (
  files: ImageFiles,
  owners: Owners,
): Promise<LanguagePackage[]> => {
  const budget: JarBudget = { left: mostUnpacked };
  const found: LanguagePackage[] = [];
  for (const entry of files.entries) {
    if (entry.type !== "file" || entry.hardLinkOf !== undefined || entry.size === 0) continue;
    const packages = jarFiles.test(entry.path)
      ? await jarsIn(files, entry, budget)
      : (textPackages(files, entry) ?? programPackages(files, entry));
    if (packages.length === 0) continue;
    const owner = owners.packageOf(entry.path);
    const where = { path: entry.path, ...(owner !== undefined && { package: owner }) };
    for (const one of packages) found.push({ ...one, ...where });
  }
  return distinct(found);
};

const textPackages = (files: ImageFiles, { path }: RegularFile): FoundPackage[] | undefined => {
  const reader = textNames.test(path) ? texts.find(([names]) => names.test(path)) : undefined;
  return reader?.[1](files.text(path) ?? "");
};

/** Nearly all files have none of these names. */
const textNames = /(?:\/package\.json|METADATA|PKG-INFO|\.egg-info|\.gemspec)$/;

const programPackages = (files: ImageFiles, file: RegularFile): FoundPackage[] => {
  if (file.size < smallestGo) return [];
  if (!isExecutable(file.mode) && !/\.so(?:\.|$)/.test(file.path)) return [];
  return goModules((from, length) => files.bytes(file, from, length));
};

const jarsIn = (files: ImageFiles, file: RegularFile, budget: JarBudget): Promise<FoundPackage[]> =>
  jarPackages(files.open(file), {
    ...{ path: file.path, budget },
    onCut: () => files.cut.add(file.path),
  });

const keyOf = ({ kind, name, version, path }: LanguagePackage): string =>
  [kind, name, version, path].join("\0");

const distinct = (packages: readonly LanguagePackage[]): LanguagePackage[] => {
  const byKey = new Map(packages.map((one) => [keyOf(one), one]));
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
};
