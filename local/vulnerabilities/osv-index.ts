import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { ScanImpossible } from "../../core/errors.ts";
import { isAskedAbout, isOrdered } from "../../core/vulnerabilities/ecosystem.ts";
import { readKnownExploited } from "../../core/vulnerabilities/known-exploited.ts";
import { pypiName } from "../../core/vulnerabilities/osv-findings.ts";
import { type OsvAffected, OsvRecord } from "../../core/vulnerabilities/osv-record.ts";
import type { OsvData } from "./osv-data.ts";

/** Changes with what is in the file, so that an older one is made anew. */
const format = "1";

const schema = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE records (id INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT;
  CREATE TABLE ecosystems (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE entries (
    ecosystem INTEGER NOT NULL, name TEXT NOT NULL, record INTEGER NOT NULL, json TEXT NOT NULL
  ) STRICT;
`;

/** What an index says about itself. */
export const aboutIndex = (database: DatabaseSync): Map<string, string> =>
  new Map(
    database
      .prepare("SELECT name, value FROM about")
      .all()
      .map(({ name, value }) => [String(name), String(value)]),
  );

/** Whether an index was made of this data, by this version. */
export const isIndexOf = (about: ReadonlyMap<string, string>, data: OsvData): boolean =>
  about.get("format") === format && about.get("data") === data.version;

/** Makes an index of a copy of OSV's data: a file that is there whole or not at all. Throws ScanImpossible. */
export const makeIndex = async (path: string, data: OsvData): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.new`;
  await rm(unfinished, { force: true });
  try {
    await fill(unfinished, data);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
};

const fill = async (path: string, data: OsvData): Promise<void> => {
  using database = new DatabaseSync(path);
  database.exec(schema);
  database.exec("BEGIN");
  const inserts = insertsInto(database);
  let newest = "";
  for await (const { from, text } of data.records()) {
    const record = recordIn(text, from);
    if (record.modified > newest) newest = record.modified;
    if (record.withdrawn == null) insert(inserts, record);
  }
  const about = { format, data: data.version, newest, ...(await exploitedIn(data)) };
  for (const [name, value] of Object.entries(about)) inserts.about.run(name, value);
  database.exec("CREATE INDEX by_name ON entries (ecosystem, name)");
  database.exec("COMMIT");
};

interface Inserts {
  about: StatementSync;
  record: StatementSync;
  ecosystem: StatementSync;
  entry: StatementSync;
  ecosystems: Map<string, number>;
}

const insertsInto = (database: DatabaseSync): Inserts => ({
  about: database.prepare("INSERT INTO about VALUES (?, ?)"),
  record: database.prepare("INSERT INTO records (json) VALUES (?)"),
  ecosystem: database.prepare("INSERT INTO ecosystems (name) VALUES (?)"),
  entry: database.prepare("INSERT INTO entries VALUES (?, ?, ?, ?)"),
  ecosystems: new Map(),
});

const insert = (inserts: Inserts, { affected, ...record }: OsvRecord): void => {
  const asked = (affected ?? []).filter(({ package: of }) => of && isAskedAbout(of.ecosystem));
  if (asked.length === 0) return;
  const { lastInsertRowid } = inserts.record.run(JSON.stringify(record));
  for (const entry of asked) {
    if (entry.package === undefined) continue;
    const { ecosystem, name } = entry.package;
    const known = inserts.ecosystems.get(ecosystem);
    const id = known ?? Number(inserts.ecosystem.run(ecosystem).lastInsertRowid);
    inserts.ecosystems.set(ecosystem, id);
    const json = JSON.stringify(slim(entry, ecosystem));
    inserts.entry.run(id, indexName(ecosystem, name), lastInsertRowid, json);
  }
};

/** A name as the index has it. */
export const indexName = (ecosystem: string, name: string): string =>
  ecosystem === "PyPI" ? pypiName(name) : name;

/** Without the lists of versions that ranges say as well: they are nine tenths of the data. */
const slim = ({ versions, ...entry }: OsvAffected, ecosystem: string): OsvAffected => {
  const isSaid = isOrdered(ecosystem) && entry.ranges?.some(({ type }) => type !== "GIT") === true;
  return isSaid ? entry : { ...entry, versions };
};

const recordIn = (text: string, from: string): OsvRecord => {
  try {
    return OsvRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new ScanImpossible(`${from} is no record of OSV; fetch its data again`, { cause: error });
  }
};

const exploitedIn = async (data: OsvData): Promise<{ exploited?: string }> => {
  const text = await data.exploited();
  if (text === undefined) return {};
  try {
    return { exploited: JSON.stringify([...readKnownExploited(text)]) };
  } catch (error) {
    throw new ScanImpossible("CISA's catalogue is not what it was; fetch it again", {
      cause: error,
    });
  }
};
