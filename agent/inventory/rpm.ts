import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import type { Package } from "../../core/inventory.ts";
import { contentOf, type DatabaseContent } from "./database-content.ts";
import { DatabaseProblem, openDatabase } from "./database-file.ts";
import { packageOfHeader } from "./rpm-header.ts";

/** Bytes of the database and of its log: three thousand packages have 200 million. */
const largest = 512 * 1024 ** 2;

/** Bytes of a header; a kernel's, with six thousand files, has one million. */
const largestHeader = 16 * 1024 ** 2;

const mostPackages = 100_000;

/** As rpm makes it: anything else, a view that never ends say, is not asked for its rows. */
const table = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)";

/**
 * Reads `rpmdb.sqlite`, from a copy: SQLite writes beside what it opens, and what was committed
 * last may still be in its write-ahead log. Throws DatabaseProblem.
 */
export const readRpm = async (place: string): Promise<DatabaseContent | undefined> => {
  await using database = await openDatabase(place, largest);
  if (database === undefined) return undefined;
  await using log = await openDatabase(`${place}-wal`, largest);
  await using folder = await temporaryFolder();
  const copy = join(folder.path, "rpmdb.sqlite");
  await copyOf(database, copy);
  if (log !== undefined) await copyOf(log, `${copy}-wal`);
  try {
    return contentOf(packagesIn(copy));
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

const packagesIn = (path: string): (Package | "broken")[] => {
  using database = new DatabaseSync(path, { allowExtension: false });
  database.exec(
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA synchronous = OFF;",
  );
  const made = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'Packages'").get();
  if (made?.["sql"] !== table) throw new DatabaseProblem("it has no table as rpm makes it");
  const rows = database.prepare(
    "SELECT CASE WHEN length(blob) <= ? THEN blob END AS header FROM Packages LIMIT ?",
  );
  const packages: (Package | "broken")[] = [];
  for (const { header } of rows.iterate(largestHeader, mostPackages + 1)) {
    packages.push(header instanceof Uint8Array ? packageOfHeader(header) : "broken");
  }
  if (packages.length <= mostPackages) return packages;
  throw new DatabaseProblem(`it has more than ${mostPackages} packages`);
};
