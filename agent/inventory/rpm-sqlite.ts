import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import { DatabaseProblem, openDatabase } from "./database-file.ts";
import { type HeaderTaker, largestDatabase, largestHeader, mostPackages } from "./rpm-headers.ts";

/** As rpm makes it: anything else, a view that never ends say, is not asked for its rows. */
const table = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)";

/** Reads every header of `rpmdb.sqlite`; false when there is none. Throws DatabaseProblem. */
export const readSqlite = (place: string, take: HeaderTaker): Promise<boolean> =>
  withSqlite(place, (database) => {
    checkTable(database, "Packages", table);
    const rows = database.prepare(
      "SELECT CASE WHEN length(blob) <= ? THEN blob END AS header FROM Packages LIMIT ?",
    );
    for (const { header } of rows.iterate(largestHeader, mostPackages + 1)) {
      take(header instanceof Uint8Array ? header : undefined);
    }
  });

/** Throws DatabaseProblem unless a table was made by these very words. */
export const checkTable = (database: DatabaseSync, name: string, words: string): void => {
  const made = database.prepare("SELECT sql FROM sqlite_schema WHERE name = ?").get(name);
  if (made?.["sql"] !== words) throw new DatabaseProblem("it has no table as rpm makes it");
};

/**
 * Reads a database of SQLite from a copy: SQLite writes beside what it opens, and what was committed
 * last may still be in its write-ahead log. False when there is none. Throws DatabaseProblem.
 */
export const withSqlite = async (
  place: string,
  work: (database: DatabaseSync) => void,
): Promise<boolean> => {
  await using original = await openDatabase(place, largestDatabase);
  if (original === undefined) return false;
  await using log = await openDatabase(`${place}-wal`, largestDatabase);
  await using folder = await temporaryFolder();
  const copy = join(folder.path, "rpmdb.sqlite");
  await copyOf(original, copy);
  if (log !== undefined) await copyOf(log, `${copy}-wal`);
  try {
    using database = new DatabaseSync(copy, { allowExtension: false });
    database.exec(
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA synchronous = OFF;",
    );
    work(database);
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ERR_SQLITE_ERROR") throw error;
    throw new DatabaseProblem(`it is not whole: ${message}`, { cause: error });
  }
};

const temporaryFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), "ovenbird-rpm-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

const copyOf = async (from: FileHandle, to: string): Promise<void> => {
  const target = await open(to, "wx", 0o600);
  await pipeline(from.createReadStream({ autoClose: false }), target.createWriteStream());
};
