import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openListCache } from "../../../agent/inventory/apt-lists/cache.ts";
import { dpkgPackages } from "../../../agent/inventory/apt-lists/notes.ts";
import { readAptLists } from "../../../agent/inventory/apt-lists/read.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { type MadeRoot, rootMadeBy } from "./taken.ts";

/** A repository whose key the image trusts, with one list that names what is installed. */
const made = String.raw`
  export GNUPGHOME="$PWD/gpg"; mkdir -m 700 gpg
  for who in one other; do
    gpg --batch --quiet --passphrase '' --quick-gen-key "$who@example.org" rsa2048 sign never 2> /dev/null
    gpg --export "$who@example.org" > "$who.gpg"
  done
  cd "$ROOT"; mkdir -p etc/apt/trusted.gpg.d var/lib/apt/lists var/lib/dpkg
  cp ../one.gpg etc/apt/trusted.gpg.d/
  printf 'Package: oven\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n' > var/lib/dpkg/status
  echo 'deb http://deb.example.org/debian stable main' > etc/apt/sources.list
  A=var/lib/apt/lists/deb.example.org_debian_dists_stable_
  printf 'Package: oven\nVersion: 1\nArchitecture: all\n\n' > "$A"main_binary-amd64_Packages
  sum=$(sha256sum < "$A"main_binary-amd64_Packages | cut -c1-64)
  printf 'Suite: stable\nDate: Sat, 09 May 2026 10:19:24 UTC\nSHA256:\n %s 44 main/binary-amd64/Packages\n' "$sum" |
    gpg --batch --quiet --yes -u one@example.org --clearsign > "$A"InRelease
  gpgconf --kill gpg-agent
`;

const release = "deb.example.org_debian_dists_stable_InRelease";
const list = "deb.example.org_debian_dists_stable_main_binary-amd64_Packages";
const folder = "/var/lib/apt/lists";

let stock: MadeRoot;
let own: TemporaryFolder;
beforeAll(async () => {
  stock = await rootMadeBy(made);
  own = await temporaryFolder();
});
afterAll(async () => {
  await stock[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
});

/** Looks at a copy of the root, after a script, with a cache; then seeds another copy from it. */
const seeded = async (name: string, { before = "", after = "" } = {}) => {
  const cache = openListCache(join(own.path, name));
  await using first = await stock.copy(`cd "$ROOT"; ${before}`);
  const packages = await dpkgPackages(first.root);
  await readAptLists({ root: first.root, folder, packages, cache });
  await using second = await stock.copy(`cd "$ROOT"; rm var/lib/apt/lists/*; ${after}`);
  const lists = join(second.root, folder);
  await cache.seed(second.root, lists);
  const texts = (await readdir(lists)).map(async (one) => [
    one,
    await readFile(join(lists, one), "latin1"),
  ]);
  const dates = (await readdir(lists)).map(async (one) => (await stat(join(lists, one))).mtime);
  return { texts: Object.fromEntries(await Promise.all(texts)), dates: await Promise.all(dates) };
};

test("a list that its Release names is there for another image that trusts who signed it", async () => {
  const { texts, dates } = await seeded("trusted");
  expect(Object.keys(texts).toSorted()).toEqual([release, list].toSorted());
  expect(texts[list]).toContain("Package: oven");
  // apt asks for what is newer than that
  expect(dates).toContainEqual(new Date("2026-05-09T10:19:24Z"));
});

test.each([
  ["trusts another key", "rm etc/apt/trusted.gpg.d/*; cp STOCK/other.gpg etc/apt/trusted.gpg.d/"],
  ["has another source", "sed -i s/stable/testing/ etc/apt/sources.list"],
  ["has the source commented out", "sed -i s/^/#/ etc/apt/sources.list"],
])("an image that %s is given nothing", async (title, script) => {
  const after = script.replace("STOCK", stock.path);
  expect((await seeded(title.replaceAll(" ", "-"), { after })).texts).toEqual({});
});

test.each([
  ["a list with another byte", `echo >> var/lib/apt/lists/${list}`],
  ["a Release with another byte", `sed -i s/^Suite:/Suit:/ var/lib/apt/lists/${release}`],
])("%s is not kept", async (title, before) => {
  expect((await seeded(title.replaceAll(" ", "-"), { before })).texts).toEqual({});
});

test("what was fetched more than a month ago goes", async () => {
  const cache = join(own.path, "prune");
  await mkdir(cache);
  for (const name of ["old", "new"]) await writeFile(join(cache, name), "x");
  await utimes(join(cache, "old"), 0, 0);
  await seeded("prune");
  const names = await readdir(cache);
  expect(names).toContain("new");
  expect(names).not.toContain("old");
});

test("a cache that cannot be written to is no reason to fail", async () => {
  await writeFile(join(own.path, "file"), "");
  const { texts } = await seeded("file/lists");
  expect(texts).toEqual({});
});
