import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openListsAhead } from "../../../agent/inventory/apt-lists/ahead.ts";
import { listName } from "../../../agent/inventory/apt-lists/list-name.ts";
import { dpkgPackages, openOriginNotes } from "../../../agent/inventory/apt-lists/notes.ts";
import { readAptLists } from "../../../agent/inventory/apt-lists/read.ts";
import { noOrigins } from "../../../core/inventory/found/package-list.ts";
import { type MadeRoot, rootMadeBy } from "./taken.ts";

/** Two repositories, of which the image trusts the keys of the first, and packages of both. */
const made = String.raw`
  export GNUPGHOME="$PWD/gpg"; mkdir -m 700 gpg
  for kind in rsa2048 ed25519; do
    gpg --batch --quiet --passphrase '' --quick-gen-key "$kind@example.org" "$kind" sign never 2> /dev/null
    gpg --export "$kind@example.org" > "$kind.gpg"
  done
  cd "$ROOT"; mkdir -p etc/apt/trusted.gpg.d var/lib/apt/lists/partial var/lib/dpkg
  cp ../rsa2048.gpg etc/apt/trusted.gpg.d/; L=var/lib/apt/lists
  package() { printf 'Package: %s\nStatus: install ok installed\nVersion: %s\nArchitecture: %s\n\n' "$@"; }
  (package oven 1:2.0-1 amd64; package crumb 1.0 all; package crust 3 amd64; package local 9 all) > var/lib/dpkg/status
  entry() { printf 'Package: %s\nVersion: %s\nInstalled-Size: 1\nArchitecture: %s\nDescription: of\n Package: oven\n Version: 0\n\n' "$@"; }
  cat > etc/apt/sources.list <<'END'
deb http://me:secret@deb.example.org/a_b/debian stable main extra
deb http://second.example.org/ ./
END
  A="$L/deb.example.org_a%5fb_debian_dists_stable_"; B="$L/second.example.org_._"
  (entry oven 1:1.0 amd64; entry oven 1:2.0-1 amd64; entry oven 1:2.0-1 arm64; entry crust 2 amd64) > "$A"main_binary-amd64_Packages
  entry crumb 1.0 all | gzip -n > "$A"extra_binary-amd64_Packages.gz
  (entry crust 3 amd64; entry crumb 1.0 all) > "$B"Packages
  sums() { printf 'Suite: stable\nMD5Sum:\n %032d 1 main/binary-amd64/Packages\nSHA256:\n' 0; cat; printf '%s\n' '- dashed  ' 'Acquire-By-Hash: yes'; }
  sum() { printf ' %s 77 %s\n' "$(zcat -f "$1" | sha256sum | cut -c1-64)" "$2"; }
  sign() { local who=$1; shift; gpg --batch --quiet --yes -u "$who@example.org" "$@"; }
  release() { (sum "$A"main_binary-amd64_Packages main/binary-amd64/Packages
    sum "$A"extra_binary-amd64_Packages.gz extra/binary-amd64/Packages) | sums; }
  release | sign rsa2048 --clearsign > "$A"InRelease
  sum "$B"Packages Packages | sums > "$B"Release; gpgconf --kill gpg-agent
`;

const functions = made.slice(made.indexOf("  sums()"), made.indexOf("  release |"));
const again = String.raw`
  export GNUPGHOME=STOCK/gpg; cd "$ROOT"; L=var/lib/apt/lists
  A="$L/deb.example.org_a%5fb_debian_dists_stable_"; B="$L/second.example.org_._"
  ${functions}`;

const main = "http://deb.example.org/a_b/debian stable main";
const extra = "http://deb.example.org/a_b/debian stable extra";
const second = "http://second.example.org/ ./";

let stock: MadeRoot;
let fingerprint = "";
beforeAll(async () => {
  stock = await rootMadeBy(made);
  const listed = await stock.run("gpg --homedir gpg --list-keys --with-colons rsa2048@example.org");
  fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? "";
});
afterAll(() => stock[Symbol.asyncDispose]());

/** What is told of a copy of the root, after a script. */
const told = async (script = "") => {
  const lines = `${again.replace("STOCK", stock.path)}${script}\ngpgconf --kill gpg-agent`;
  await using root = await stock.copy(lines);
  const packages = await dpkgPackages(root.root);
  const found = await readAptLists({ root: root.root, folder: "/var/lib/apt/lists", packages });
  const lists = found.lists.map(({ repository, signer, because }) => [
    ...[repository, signer ?? because],
  ]);
  return { packages: found.packages, lists };
};

const unsigned = "it has no signature";
const notNamed = "it is not what the repository's Release names";
const noKey = "it has no signature by a key that the image trusts for it";

describe("apt's lists", () => {
  test("tell which repository has each package in its version, and who signed that", async () => {
    expect(await told()).toEqual({
      packages: { "oven 1:2.0-1 amd64": main, "crumb 1.0 all": extra, "crust 3 amd64": second },
      lists: [
        [main, fingerprint],
        [extra, fingerprint],
        [second, unsigned],
      ],
    });
  });

  test.each([
    [
      "another list than the Release names",
      'printf "\\n\\n" >> "$A"main_binary-amd64_Packages',
      notNamed,
    ],
    [
      "a Release with a changed byte",
      'sed -i "s/^Suite: stable/Suite: stabLe/" "$A"InRelease',
      noKey,
    ],
    ["a key that the image has not", 'release | sign ed25519 --clearsign > "$A"InRelease', noKey],
    [
      "a key that another source names",
      'cp STOCKGPG/ed25519.gpg etc/other.gpg; sed -i "1s,deb ,deb [signed-by=/etc/other.gpg] ," etc/apt/sources.list',
      noKey,
    ],
  ])("say that nobody vouches for them with %s", async (_, script, because) => {
    const { lists, packages } = await told(script.replace("STOCKGPG", stock.path));
    expect(lists).toContainEqual([main, because]);
    expect(packages["oven 1:2.0-1 amd64"]).toBe(main);
  });

  test("are vouched for by EdDSA, by a signature apart, and by a key in the source itself", async () => {
    const script = `cp ${stock.path}/ed25519.gpg etc/apt/trusted.gpg.d/
      sign ed25519 --detach-sign --armor -o "$B"Release.gpg "$B"Release
      rm etc/apt/trusted.gpg.d/rsa2048.gpg; sed -i 1d etc/apt/sources.list; mkdir etc/apt/sources.list.d
      (printf 'Types: deb\\nURIs: http://deb.example.org/a_b/debian\\nSuites: stable\\nComponents: main\\nSigned-By:\\n'
       gpg --armor --export rsa2048@example.org | sed 's/^$/./; s/^/ /') > etc/apt/sources.list.d/a.sources`;
    const { lists } = await told(script);
    expect(lists.map(([repository]) => repository)).toEqual([second, main]);
    for (const [, signer] of lists) expect(signer).toMatch(/^[0-9A-F]{40}$/);
  });

  test.each([
    ["as they were", "true"],
    [
      "with another byte by now",
      'sed -i "s/^Version: 2$/Version: 3/" "$A"main_binary-amd64_Packages',
    ],
    ["replaced by now", 'cp "$A"main_binary-amd64_Packages x; mv x "$A"main_binary-amd64_Packages'],
  ])("that were read ahead tell the same, %s", async (_, script) => {
    await using root = await stock.copy("sleep 0.2");
    const folder = "/var/lib/apt/lists";
    await using ahead = openListsAhead(join(root.root, folder));
    await root.run("sleep 0.3"); // there is more than enough time to read them
    await root.run(
      `cd "$ROOT"; A=var/lib/apt/lists/deb.example.org_a%5fb_debian_dists_stable_; ${script}`,
    );
    const order = { root: root.root, folder, packages: await dpkgPackages(root.root) };
    const plain = await readAptLists(order);
    expect(await readAptLists({ ...order, ahead })).toEqual(plain);
    expect(plain.lists[0]?.signer).toBe(script.startsWith("sed") ? undefined : fingerprint);
  });

  test("that did not change since they were read ahead are not digested again", async () => {
    await using root = await stock.copy("sleep 0.2");
    const folder = join(root.root, "var/lib/apt/lists");
    await using ahead = openListsAhead(folder);
    await root.run("sleep 0.3");
    const name = "deb.example.org_a%5fb_debian_dists_stable_main_binary-amd64_Packages";
    const read = await ahead.of(statSync(join(folder, name)));
    expect(read?.places.get("oven")).toHaveLength(3);
    expect(read?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("that nobody vouches for are asked last", async () => {
    const { packages } = await told("sed -i '1{h;d};$G' etc/apt/sources.list");
    expect(packages["crumb 1.0 all"]).toBe(extra);
  });

  test("that are packed as nothing here unpacks are told to be so", async () => {
    const { lists, packages } = await told('mv "$A"main_binary-amd64_Packages{,.lz4}');
    expect(lists).toContainEqual([main, "it is packed as .lz4"]);
    expect(packages).not.toHaveProperty(["oven 1:2.0-1 amd64"]);
  });

  test("whatever is wrong with them, end nothing", async () => {
    const { lists, packages } = await told(`
      rm "$A"main_binary-amd64_Packages; mkfifo "$A"main_binary-amd64_Packages
      head -c 3000000 /dev/urandom > "$A"extra_binary-amd64_Packages.gz
      rm "$B"Packages; ln -s /etc/passwd "$B"Packages`);
    expect(packages).toEqual({});
    expect(lists.map(([, because]) => because)).toEqual([
      ...["it is not a file", expect.stringMatching(/^it cannot be read: /)],
      "it cannot be read: ELOOP",
    ]);
    const endless = await told(`yes | tr -d '\\n' | head -c 9000000 > "$B"Packages
      (cat "$A"InRelease; head -c 3000000 /dev/zero | tr '\\0' ' ') > x; mv x "$A"InRelease
      seq -f 'deb http://second.example.org/ ./ x%g' 20000 >> etc/apt/sources.list`);
    expect(endless.lists).toContainEqual([second, "it has a part without an end"]);
  });

  test("are looked at while they are there, and what was known before stays", async () => {
    await using root = await stock.copy("");
    const before = { lists: [], packages: { "oven 1:2.0-1 amd64": "elsewhere" } };
    const notes = openOriginNotes(root.root, before);
    await notes.look();
    await root.run('rm -r "$ROOT/var/lib/apt/lists"');
    await notes.look();
    expect(notes.found.packages).toMatchObject({
      ...{ "oven 1:2.0-1 amd64": "elsewhere", "crust 3 amd64": second },
    });
    const late = openOriginNotes(root.root, noOrigins);
    await late.look();
    expect(late.found).toEqual(noOrigins);
  });
});

test.each([
  ["http://deb.debian.org/debian/dists/trixie/", "deb.debian.org_debian_dists_trixie_"],
  ["https://user:pa:ss@x.org:8080/a_b/~c/", "x.org:8080_a%5fb_%7ec_"],
  ["file:///srv/mirror/./", "_srv_mirror_._"],
  ["http://x.org/é=1&2/", "x.org_%c3%a9%3d1%262_"],
])("%s is %s among apt's lists", (url, name) => {
  expect(listName(url)).toBe(name);
});
