import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readDatabases } from "../../../agent/inventory/packages.ts";
import { packageOf } from "../../../agent/inventory/rpm-header.ts";
import { headerOf } from "../../../agent/inventory/rpm-tags.ts";
import type { Package } from "../../../core/inventory.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const fixtures = join(import.meta.dirname, "fixtures");

/** Made by rpm 4.18 from packages of its rpmbuild: two versions of one, an epoch, a key. */
const real = async () => gunzipSync(await readFile(join(fixtures, "rpmdb.sqlite.gz")));

const place = "var/lib/rpm/rpmdb.sqlite";

/** A root with an rpm database, and what is read of it. */
const rootWith = async (database: Uint8Array) => {
  const folder = await temporaryFolder();
  const path = join(folder.path, place);
  await mkdir(join(folder.path, "var/lib/rpm"), { recursive: true });
  await writeFile(path, database);
  return {
    path,
    read: () => readDatabases(folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

const readOf = async (database: Uint8Array) => {
  await using root = await rootWith(database);
  return await root.read();
};

/** As `rpm -qa` printed them: name, version, architecture, file of the source package. */
const asQueried = ({ name, version, architecture, source }: Package): string =>
  [
    ...[name, version, architecture ?? "(none)"],
    source === undefined ? "(none)" : `${source.name}-${source.version}.src.rpm`,
  ].join("\t");

describe("rpm's packages", () => {
  test("are what rpm -qa says of a database that rpm made", async () => {
    const said = (await readFile(join(fixtures, "rpm-qa.txt"), "utf8")).trimEnd().split("\n");
    const { packages, databases } = await readOf(await real());
    expect(packages.map(asQueried).toSorted()).toEqual(said.toSorted());
    expect(databases).toEqual([{ kind: "rpm", path: `/${place}`, packages: said.length }]);
  });

  test("have their licence, but the key that signs, which has none", async () => {
    const { packages } = await readOf(await real());
    const licences = packages.filter(({ name }) => name !== "gpg-pubkey").map((one) => one.licence);
    expect(licences.length).toBeGreaterThan(5);
    expect(new Set(licences)).toEqual(new Set(["MIT"]));
  });

  test("are read though the last of them are only in the write-ahead log", async () => {
    await using origin = await rootWith(await real());
    await using root = await rootWith(await real());
    using writer = new DatabaseSync(origin.path, { enableForeignKeyConstraints: false });
    writer.exec("PRAGMA wal_autocheckpoint = 0");
    writer.exec("DELETE FROM Packages WHERE hnum > 2");
    for (const ending of ["", "-wal"])
      await copyFile(`${origin.path}${ending}`, `${root.path}${ending}`);
    expect((await root.read()).packages).toHaveLength(2);
    expect((await readOf(await readFile(root.path))).packages).toHaveLength(9);
  });

  test("leave nothing on the machine, and the database as it was", async () => {
    const before = await readdir(tmpdir());
    const database = await real();
    await using root = await rootWith(database);
    await root.read();
    expect(await readdir(join(root.path, ".."))).toEqual(["rpmdb.sqlite"]);
    expect(await readFile(root.path)).toEqual(database);
    const left = (await readdir(tmpdir())).filter((name) => !before.includes(name));
    expect(left.filter((name) => name.startsWith("ovenbird-rpm-"))).toEqual([]);
  });
});

/** The real database with its schema changed by hand. */
const changed = async (sql: string): Promise<Uint8Array> => {
  await using root = await rootWith(await real());
  const database = new DatabaseSync(root.path, { enableForeignKeyConstraints: false });
  database.exec(`PRAGMA journal_mode = DELETE; ${sql}`);
  database.close();
  return await readFile(root.path);
};

describe("a hostile rpm database", () => {
  const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";

  test.each([
    [
      "a view without end",
      `DROP TABLE Packages; CREATE VIEW Packages AS ${endless} SELECT i AS hnum, x'00' AS blob FROM n`,
    ],
    [
      "a column that is computed",
      `DROP TABLE Packages; CREATE TABLE Packages (hnum, blob AS (zeroblob(1000000000)))`,
    ],
    ["no table of packages", "DROP TABLE Packages"],
  ])("with %s is named as broken, and its rows are not asked for", async (_, sql) => {
    const { databases, packages } = await readOf(await changed(sql));
    expect(databases).toEqual([
      expect.objectContaining({ packages: 0, problem: "it has no table as rpm makes it" }),
    ]);
    expect(packages).toEqual([]);
  });

  test("with headers that are none has those counted", async () => {
    const insert = "INSERT INTO Packages (blob) VALUES";
    const { databases } = await readOf(
      await changed(
        `${insert} (x''), (x'00'), ('text'), (zeroblob(17000000)), (x'ffffffffffffffff')`,
      ),
    );
    const problem = "it has 5 entries without a usable name or version";
    expect(databases).toEqual([expect.objectContaining({ packages: 9, problem })]);
  });

  test("that is cut off anywhere is read as far as it goes, or named as broken", async () => {
    const database = await real();
    for (let length = 0; length < database.length; length += 20_011) {
      const { databases, packages } = await readOf(database.subarray(0, length));
      expect(databases, `${length} bytes`).toHaveLength(1);
      if (packages.length < 9) expect(databases[0]?.problem, `${length} bytes`).toMatch(/^it /);
    }
  });

  test("with any bytes changed is read, or named as broken", async () => {
    const database = await real();
    for (let round = 0; round < 30; round++) {
      const copy = Buffer.from(database);
      for (let flips = 0; flips < 20; flips++) {
        copy[Math.floor(Math.random() * copy.length)] = Math.floor(Math.random() * 256);
      }
      const { databases } = await readOf(copy);
      expect(databases).toHaveLength(1);
    }
  });
});

test("no header, however wrong, is more than a broken one", async () => {
  await using root = await rootWith(await real());
  using database = new DatabaseSync(root.path);
  const rows = database.prepare("SELECT blob FROM Packages").all();
  const headers = rows.flatMap(({ blob }) => (blob instanceof Uint8Array ? [blob] : []));
  expect(headers).toHaveLength(9);
  for (const header of headers) {
    for (let round = 0; round < 200; round++) {
      const copy = Uint8Array.from(header.subarray(0, Math.random() * 2 * header.length));
      for (let flips = 0; flips < 10; flips++) {
        copy[Math.floor((Math.random() * copy.length) / (flips + 1))] = Math.random() * 256;
      }
      const read = headerOf(copy);
      const found = read === undefined ? "broken" : packageOf(read);
      if (found !== "broken") expect(found).toMatchObject({ kind: "rpm" });
    }
  }
});
