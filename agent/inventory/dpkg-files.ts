import { posix } from "node:path";
import { databasePlace } from "./database-file.ts";
import { type DatabaseTexts, openTexts } from "./database-text.ts";
import { type Diversions, readDiversions } from "./dpkg-diversions.ts";
import { readExcluded } from "./dpkg-excluded.ts";
import { checkCount, type ShippedFile } from "./shipped.ts";

/*
 * What dpkg keeps of packages' files, as dpkg-query(1) and deb-md5sums(5) tell: `info/NAME.list`
 * has paths, `info/NAME.md5sums` the MD5 of files that are no configuration, and `status` the MD5
 * of those that are. It keeps no types, owners and modes but those of `statoverride`.
 */

type Override = Pick<ShippedFile, "user" | "group" | "mode">;

interface Database {
  texts: DatabaseTexts;
  diversions: Diversions;
  overrides: ReadonlyMap<string, Override>;
  conffiles: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface DpkgFiles {
  files: ShippedFile[];
  /** Whether dpkg was told to leave a path out. */
  excluded(path: string): boolean;
}

/** The files of all packages of dpkg; none where there is no such database. Throws DatabaseProblem. */
export const dpkgFiles = async (root: string): Promise<DpkgFiles> => {
  const texts = openTexts();
  const folder = await databasePlace(root, "/var/lib/dpkg");
  const database: Database = {
    texts,
    diversions: readDiversions(texts.text(`${folder}/diversions`) ?? ""),
    overrides: readOverrides(texts.text(`${folder}/statoverride`) ?? ""),
    conffiles: readConffiles(texts.text(`${folder}/status`) ?? ""),
  };
  const info = await databasePlace(root, "/var/lib/dpkg/info");
  const files: ShippedFile[] = [];
  for (const name of texts.names(info).filter((name) => name.endsWith(".list"))) {
    const record = recordOf(database, info, name.slice(0, -".list".length));
    for (const file of filesOf(database, record)) files.push(file);
    for (const file of unlistedOf(database, record)) files.push(file);
    checkCount(files);
  }
  return { files, excluded: await readExcluded(root, texts) };
};

/** What dpkg keeps of one package. */
interface PackageRecord {
  name: string;
  paths: readonly string[];
  /** By path without its slash. */
  sums: ReadonlyMap<string, string>;
  /** Where those are, in the image. */
  sumsPath: string;
  /** Whether there is such a file. */
  hasSums: boolean;
  configuration: ReadonlyMap<string, string>;
}

const recordOf = ({ texts, conffiles }: Database, info: string, key: string): PackageRecord => {
  const list = texts.text(`${info}/${key}.list`) ?? "";
  const paths = list.split("\n").filter((path) => path.startsWith("/") && path !== "/.");
  const own = texts.text(`${info}/${key}.conffiles`);
  const sums = texts.text(`${info}/${key}.md5sums`);
  return {
    ...{ name: key.split(":")[0] ?? key, paths },
    ...{ sums: readSums(sums ?? ""), sumsPath: `/var/lib/dpkg/info/${key}.md5sums` },
    hasSums: sums !== undefined,
    configuration: configurationOf(conffiles.get(key) ?? new Map(), own),
  };
};

/**
 * deb-conffiles(5): what the package itself calls so; Debian's policy wants it in /etc. Who lists a
 * program in `status` alone would have every change of it allowed.
 */
const configurationOf = (
  told: ReadonlyMap<string, string>,
  own = "",
): ReadonlyMap<string, string> => {
  const names = new Set(own.split("\n").map((line) => line.slice(line.indexOf("/")).trimEnd()));
  return new Map([...told].filter(([path]) => path.startsWith("/etc/") || names.has(path)));
};

function* filesOf(database: Database, record: PackageRecord): Generator<ShippedFile> {
  const { name, paths, sums, configuration } = record;
  const folders = new Set(paths.map((path) => posix.dirname(path)));
  for (const path of paths) {
    const hex = configuration.get(path) ?? sums.get(path.slice(1));
    const known = hex !== undefined && /^[0-9a-f]{32}$/.test(hex);
    const place = database.diversions.placeOf(path, name);
    yield {
      path: place,
      package: name,
      ...(known && { type: "file", digest: { algorithm: "md5", hex } }),
      ...(folders.has(path) && { type: "folder" }),
      ...(!known && mustBeTold(path, record) && { untold: record.sumsPath }),
      // of a file that was diverted, an override is of the one that is in its place
      ...(place === path && database.overrides.get(path)),
      configuration: configuration.has(path),
      mayBeMissing: folders.has(path) || (!known && isOfState(path)),
    };
  }
}

/**
 * Files with digests that the list has not: of those that another package replaced dpkg takes the
 * path out of the list. Who does so by hand is found by this.
 */
function* unlistedOf(
  { diversions }: Database,
  { name, paths, sums }: PackageRecord,
): Generator<ShippedFile> {
  const listed = new Set(paths);
  for (const [path, hex] of sums) {
    if (listed.has(`/${path}`)) continue;
    yield {
      ...{ path: diversions.placeOf(`/${path}`, name), package: name, type: "file" },
      ...{ digest: { algorithm: "md5", hex }, leftOut: true },
      ...{ configuration: false, mayBeMissing: true },
    };
  }
}

/**
 * Whether there must be a digest of a path, if it is a file: dpkg makes `md5sums` of packages that
 * come without, of all files but configuration (since 1.16.3). Where a package has some, a link of
 * its may have become a file in /etc, as os-release does.
 */
const mustBeTold = (path: string, { hasSums, configuration }: PackageRecord): boolean =>
  !configuration.has(path) && !isOfState(path) && !(hasSums && path.startsWith("/etc/"));

/** An empty folder there looks like a link; clean-up removes such, and services make them anew. */
const isOfState = (path: string): boolean => /^\/(?:var|run|tmp)\//.test(path);

/** deb-md5sums(5): a digest, two blanks, and a path without its slash. */
export const readSums = (text: string): Map<string, string> =>
  new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [, hex = "", path] = /^([0-9a-f]{32}) [ *](.+)$/.exec(line) ?? [];
      return path === undefined ? [] : [[path.replace(/^\.?\//, ""), hex]];
    }),
  );

/**
 * The field `Conffiles` of each package: paths with the MD5 of what was shipped. What a newer
 * version no longer ships is left out. By the name that the package's other files have.
 */
export const readConffiles = (status: string): Map<string, Map<string, string>> => {
  const found = new Map<string, Map<string, string>>();
  for (const paragraph of status.split(/\n\n+/)) {
    const [, lines] = /^Conffiles:[ \t]*((?:\n[ \t].*)+)/m.exec(paragraph) ?? [];
    const [, name] = /^Package: *(\S+)/m.exec(paragraph) ?? [];
    if (lines === undefined || name === undefined) continue;
    const files = new Map(lines.split("\n").flatMap(conffile));
    found.set(name, files);
    const [, architecture] = /^Architecture: *(\S+)/m.exec(paragraph) ?? [];
    if (architecture !== undefined) found.set(`${name}:${architecture}`, files);
  }
  return found;
};

const conffile = (line: string): [string, string][] => {
  const [, path, hex, flags] = /^\s(\/.*?) (\S+)((?: [a-z-]+)*)$/.exec(line) ?? [];
  const left = flags?.includes("obsolete") === true || flags?.includes("remove-on") === true;
  return path === undefined || hex === undefined || left ? [] : [[path, hex]];
};

/** dpkg-statoverride(1): user, group, mode and path; numbers begin with `#`. */
const readOverrides = (text: string): Map<string, Override> =>
  new Map(
    text.split("\n").flatMap((line): [string, Override][] => {
      const [, user = "", group = "", mode = "", path] =
        /^(\S+) (\S+) ([0-7]+) (\/.*)$/.exec(line) ?? [];
      if (path === undefined) return [];
      return [[path, { user: who(user), group: who(group), mode: Number.parseInt(mode, 8) }]];
    }),
  );

const who = (name: string): string | number =>
  name.startsWith("#") ? Number(name.slice(1)) : name;
