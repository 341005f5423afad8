import type { DatabaseSync } from "node:sqlite";
import type { FoundProblem } from "../../core/inventory/found/problem.ts";
import type { Package } from "../../core/inventory.ts";
import { isField } from "./database-content.ts";
import { databasePlace, databaseText, DatabaseProblem } from "./database-file.ts";
import { openTexts } from "./database-text.ts";
import { withSqlite } from "./rpm-sqlite.ts";

/** Repositories by `name-version-release.arch`, with the epoch before the version unless it is 0. */
type Origins = Map<string, string>;

/** Where dnf and yum note what they installed from where; the last that says so of a package counts. */
const places: readonly [path: string, read: (place: string, found: Origins) => Promise<unknown>][] =
  [
    ["/var/lib/yum/yumdb", readYumdb],
    ["/var/lib/dnf/history.sqlite", readHistory],
    ["/usr/lib/sysimage/libdnf5/nevras.toml", readNevras],
  ];

/**
 * The same packages, those of rpm with the repository they were installed from. dpkg, apk and rpm
 * itself keep no such thing (of dpkg's see apt-lists/); zypper only logs it.
 */
export const withOrigins = async (
  root: string,
  packages: readonly Package[],
  problems: FoundProblem[],
): Promise<Package[]> => {
  const origins: Origins = new Map();
  for (const [path, read] of packages.some(({ kind }) => kind === "rpm") ? places : []) {
    try {
      await read(await databasePlace(root, path), origins);
    } catch (error) {
      if (!(error instanceof DatabaseProblem)) throw error;
      problems.push({ section: "packages", path, reason: error.message });
    }
  }
  return packages.map((one) => {
    if (one.kind !== "rpm") return one;
    const repository = origins.get(keyOf(one)) ?? origins.get(keyOf(withoutEpoch(one)));
    return repository === undefined ? one : { ...one, repository };
  });
};

const keyOf = ({ name, version, architecture }: Package): string =>
  `${name}-${version}.${architecture}`;

const withoutEpoch = (one: Package): Package => ({
  ...one,
  version: one.version.replace(/^\d+:/, ""),
});

/** `@System` is what was there before dnf noted anything. */
const note = (origins: Origins, key: string, repository: string): void => {
  if (isField(repository) && repository !== "@System") origins.set(key, repository);
};

/** Rows of a history that are read: a machine of many years has as many. */
const mostRows = 500_000;

/** dnf 4: libdnf, transaction/sql/create.sql. */
async function readHistory(place: string, origins: Origins): Promise<void> {
  await withSqlite(place, (database) => {
    for (const name of ["rpm", "repo", "trans_item"]) checkPlain(database, name);
    const rows = database.prepare(
      `SELECT name, epoch, version, release, arch, repoid FROM trans_item
       JOIN rpm ON rpm.item_id = trans_item.item_id JOIN repo ON repo.id = trans_item.repo_id
       ORDER BY trans_item.id LIMIT ?`,
    );
    for (const row of rows.iterate(mostRows)) {
      const { name, version, release, arch, repoid } = row;
      const epoch = row["epoch"] === 0 || row["epoch"] === null ? "" : `${String(row["epoch"])}:`;
      const key = `${String(name)}-${epoch}${String(version)}-${String(release)}.${String(arch)}`;
      note(origins, key, String(repoid));
    }
  });
}

/** Throws DatabaseProblem for a view, and for columns that are computed: they may never end. */
const checkPlain = (database: DatabaseSync, name: string): void => {
  const made = database.prepare("SELECT type FROM sqlite_schema WHERE name = ?").get(name);
  const columns = database.prepare("SELECT hidden FROM pragma_table_xinfo(?)").all(name);
  if (made?.["type"] === "table" && columns.every(({ hidden }) => hidden === 0)) return;
  throw new DatabaseProblem(`it has no table ${name} as dnf makes it`);
};

/** dnf 5: `"name-version-release.arch" = {from_repo="id"}`, or a table of that name. */
async function readNevras(place: string, origins: Origins): Promise<void> {
  let last = "";
  for (const line of ((await databaseText(place)) ?? "").split("\n")) {
    const [, inline, table] = /^\s*(?:"([^"]+)"\s*=|\[nevras\."([^"]+)"\])/.exec(line) ?? [];
    last = inline ?? table ?? last;
    const [, repository] = /\bfrom_repo\s*=\s*["']([^"']*)["']/.exec(line) ?? [];
    if (repository !== undefined) note(origins, last.replace(/-0:(?=[^:]*$)/, "-"), repository);
  }
}

/** yum 3: `LETTER/ID-name-version-release-arch/from_repo`; epochs are not in it. */
function readYumdb(place: string, origins: Origins): Promise<void> {
  const texts = openTexts();
  for (const letter of texts.names(place)) {
    for (const folder of texts.names(`${place}/${letter}`)) {
      const [, name, architecture] = /^[^-]+-(.+)-([^-]+)$/.exec(folder) ?? [];
      const repository = texts.text(`${place}/${letter}/${folder}/from_repo`)?.trim();
      if (name !== undefined && repository !== undefined) {
        note(origins, `${name}.${architecture}`, repository);
      }
    }
  }
  return Promise.resolve();
}
