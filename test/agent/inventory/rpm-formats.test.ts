import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { type Databases, readDatabases } from "../../../agent/inventory/packages.ts";
import { certificatesIn } from "../../../agent/inventory/openpgp/keys.ts";
import { signaturesOver } from "../../../agent/inventory/openpgp/signatures.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const fixture = async (name: string) =>
  gunzipSync(await readFile(join(import.meta.dirname, "fixtures", name)));

const readOf = async (name: string, database: Uint8Array) => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "var/lib/rpm"), { recursive: true });
  await writeFile(join(folder.path, "var/lib/rpm", name), database);
  return await readDatabases(folder.path);
};

/** Headers of a database that rpm made. */
const headersOf = async (sqlite: Uint8Array): Promise<Buffer[]> => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "it");
  await writeFile(path, sqlite);
  using database = new DatabaseSync(path);
  const rows = database.prepare("SELECT blob FROM Packages").all();
  return rows.flatMap(({ blob }) => (blob instanceof Uint8Array ? [Buffer.from(blob)] : []));
};

const numbers = (...all: (number | string)[]): Buffer =>
  Buffer.concat(
    all.map((one) => {
      const four = Buffer.alloc(4);
      if (typeof one === "string") four.write(one, "latin1");
      else four.writeUInt32LE(one);
      return four;
    }),
  );

/** As lib/backend/ndb/rpmpkg.c lays it out: no rpm here writes it. */
const ndbOf = (headers: readonly Buffer[]): Buffer => {
  let at = 4096 / 16;
  const blobs = headers.map((header, index) => {
    const blocks = Math.ceil((16 + header.length + 12) / 16);
    const slot = numbers("Slot", index + 1, at, blocks);
    at += blocks;
    const blob = Buffer.alloc(blocks * 16);
    numbers("BlbS", index + 1, 7, header.length).copy(blob);
    header.copy(blob, 16);
    numbers(0, header.length, "BlbE").copy(blob, blob.length - 12);
    return { slot, blob };
  });
  const free = Array.from({ length: 4096 / 16 - 2 - headers.length }, () =>
    numbers("Slot", 0, 0, 0),
  );
  return Buffer.concat([
    numbers("RpmP", 0, 7, 1, headers.length + 1, 0, 0, 0),
    ...blobs.map(({ slot }) => slot),
    ...free,
    ...blobs.map(({ blob }) => blob),
  ]);
};

const fingerprints = ({ keys }: Pick<Databases, "keys">): string[] =>
  keys.map(({ certificate }) => certificate.fingerprint);

const made: Record<string, Buffer> = {};
beforeAll(async () => {
  made["rpmdb.sqlite"] = await fixture("rpmdb.sqlite.gz");
  // made by Berkeley DB 5.3 of the same headers; rpm reads the same packages in it
  made["Packages"] = await fixture("rpm-Packages.gz");
  made["Packages.db"] = ndbOf(await headersOf(made["rpmdb.sqlite"]));
});

const bytes = (name: string): Buffer => made[name] ?? Buffer.alloc(0);

describe.each(["Packages", "Packages.db"])("rpm's %s", (name) => {
  test("has the same packages, files and keys as its SQLite", async () => {
    const { databases, ...found } = await readOf(name, bytes(name));
    const { databases: _, ...expected } = await readOf("rpmdb.sqlite", bytes("rpmdb.sqlite"));
    expect(databases).toEqual([{ kind: "rpm", path: `/var/lib/rpm/${name}`, packages: 9 }]);
    expect(found.packages).toEqual(expected.packages);
    expect(found.files).toHaveLength(expected.files.length);
    expect(fingerprints(found)).toEqual(fingerprints(expected));
  });

  test("that is cut off anywhere is read as far as it goes, or named as broken", async () => {
    const whole = bytes(name);
    for (let length = 0; length < whole.length; length += 5003) {
      const { databases, packages } = await readOf(name, whole.subarray(0, length));
      if (packages.length < 9) expect(databases[0]?.problem, `${length} bytes`).toMatch(/^it /);
    }
  });

  test("with any bytes changed is read, or named as broken", async () => {
    for (let round = 0; round < 25; round++) {
      const copy = Buffer.from(bytes(name));
      for (let flips = 0; flips < 30; flips++) {
        const at = Math.floor(Math.random() * (flips % 2 === 0 ? 200 : copy.length));
        copy[at] = Math.random() * 256;
      }
      const { databases } = await readOf(name, copy);
      expect(databases).toHaveLength(1);
    }
  });
});

describe("a hostile Berkeley DB", () => {
  const page = 4096;

  test("whose values are longer than it is has them refused", async () => {
    const whole = Buffer.from(bytes("Packages"));
    for (let at = page; at < whole.length; at += page) {
      if (whole[at + 25] !== 13 && whole[at + 25] !== 2) continue;
      const items = whole.readUInt16LE(at + 20);
      for (let index = 1; index < items; index += 2) {
        const from = at + whole.readUInt16LE(at + 26 + 2 * index);
        whole[from] = 3;
        whole.writeUInt32LE(16 * 1024 ** 2, from + 8);
      }
    }
    const { databases } = await readOf("Packages", whole);
    expect(databases[0]?.problem).toBe("it is not whole: its values overlap");
  });
});

test("no keyring and no signature, however wrong, is more than none", async () => {
  const keyring = await readFile(join(import.meta.dirname, "fixtures", "rpmdb.sqlite.gz"));
  for (let round = 0; round < 2000; round++) {
    const copy = Buffer.from(keyring.subarray(0, Math.random() * 600));
    copy[0] = 0x80 | (Math.random() * 128);
    for (let at = 1; at < copy.length; at += 7) copy[at] = Math.random() * 40;
    for (const one of signaturesOver(Buffer.from("signed"), copy)) {
      for (const key of certificatesIn(copy)) expect(one.isBy(key)).toBe(false);
    }
    expect(certificatesIn(copy).length).toBeLessThan(600);
  }
});
