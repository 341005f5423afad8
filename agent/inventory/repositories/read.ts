import type { Distribution } from "../../../core/inventory.ts";
import type { FoundProblem } from "../../../core/inventory/found/problem.ts";
import type { Repository, TrustedKey } from "../../../core/inventory/found/repository.ts";
import type { Certificate } from "../openpgp/keys.ts";
import { readApkRepositories } from "./apk.ts";
import { readApt } from "./apt.ts";
import { openKeyFiles } from "./key-files.ts";
import { readRpmRepositories } from "./rpm.ts";
import { settingsIn } from "./settings.ts";

export interface Found {
  repositories: Repository[];
  keys: TrustedKey[];
}

export interface Repositories extends Found {
  problems: FoundProblem[];
  /** Keys that lie ready for rpm, to check signatures by. */
  certificates: Certificate[];
}

/** Reads where a mounted image's packages come from, and whose keys it trusts. */
export const readRepositories = async (
  root: string,
  distribution?: Distribution,
): Promise<Repositories> => {
  const settings = settingsIn(root, "repositories");
  const files = openKeyFiles(settings);
  const apt = await readApt(files);
  const rpm = await readRpmRepositories(files, distribution);
  const apk = await readApkRepositories(settings);
  const all = [apt, rpm, apk];
  const ready = [...new Set(rpm.keys.map(({ path }) => path))];
  const certificates = await Promise.all(ready.map((path) => files.read(path)));
  return {
    repositories: all.flatMap(({ repositories }) => repositories).toSorted(byLine),
    keys: sortedKeys(all.flatMap(({ keys }) => keys)),
    problems: settings.problems,
    certificates: certificates.flat(),
  };
};

const byLine = (one: Repository, other: Repository): number => {
  if (one.path === other.path) return one.line - other.line;
  return one.path < other.path ? -1 : 1;
};

/** Each once, by path and fingerprint. */
export const sortedKeys = (keys: readonly TrustedKey[]): TrustedKey[] => {
  const found = new Map(keys.map((key) => [`${key.path}\0${key.fingerprint}`, key]));
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
};
