import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Inventory } from "../../../core/inventory.ts";
import { type MadeRoot, rootMadeBy } from "./taken.ts";

/** A root that rpm itself made: two signed packages, by RSA and by EdDSA, and one that nobody signed. */
const installed = String.raw`
  export GNUPGHOME="$PWD/gpg"; mkdir -m 700 gpg
  for kind in rsa2048 ed25519; do
    gpg --batch --quiet --passphrase '' --quick-gen-key "$kind@example.org" "$kind" sign never 2> /dev/null
    gpg --armor --export "$kind@example.org" > "$kind.asc"
  done
  spec() { cat > "$1.spec" <<END
Name: $1
Version: 1.0
Release: 1
Summary: x
License: MIT
BuildArch: noarch
%description
x
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/etc/$1 %{buildroot}/var/lib/$1 %{buildroot}/usr/lib/$1
echo tool of $1 > %{buildroot}/usr/bin/$1; echo heat > %{buildroot}/etc/$1/conf
head -c 200000 /dev/zero > %{buildroot}/usr/lib/$1/large; ln -s large %{buildroot}/usr/lib/$1/link
touch %{buildroot}/var/lib/$1/ghost %{buildroot}/var/lib/$1/free %{buildroot}/usr/lib/$1/shadow
%files
%attr(4755,root,root) /usr/bin/$1
%config(noreplace) /etc/$1/conf
%dir /usr/lib/$1
/usr/lib/$1/large
/usr/lib/$1/link
%ghost /var/lib/$1/ghost
%config %verify(not md5 size mtime) /var/lib/$1/free
%attr(000,root,root) /usr/lib/$1/shadow
END
  }
  for name in crust crumb stale; do
    spec $name; rpmbuild --quiet -bb --define "_topdir $PWD/build" --define '_build_id_links none' $name.spec > log 2>&1
  done
  sign() { rpmsign --define "__gpg $(command -v gpg)" --define "_gpg_name $1@example.org" --addsign "build/RPMS/noarch/$2-1.0-1.noarch.rpm" > log 2>&1; }
  sign rsa2048 crust; sign ed25519 crumb; gpgconf --kill gpg-agent
  printf 'root:x:0:0::/:\n' > passwd; printf 'root:x:0:\n' > group
  mkdir -p "$ROOT/etc" "$ROOT/var/lib/rpm"; cp passwd group "$ROOT/etc"
  R="rpm --root=$ROOT --dbpath=/var/lib/rpm"
  $R --initdb; $R --import rsa2048.asc ed25519.asc
  $R -i --nodeps --nosignature build/RPMS/noarch/*.rpm > log 2>&1
`;

const letters = {
  "5": "content",
  L: "content",
  M: "mode",
  U: "owner",
  G: "owner",
  P: "capability",
};

let stock: MadeRoot;
beforeAll(async () => {
  stock = await rootMadeBy(installed);
});
afterAll(() => stock[Symbol.asyncDispose]());

/** As `rpm -Va` has them, without sizes and times, of which a digest says more. */
const verified = (said: string): string[] =>
  said
    .split("\n")
    .flatMap((line) => {
      const [, how = "", path = ""] = /^(\S+) +(?:[a-z] )? *(\/.*)$/.exec(line) ?? [];
      if (how === "missing") return [`${path} missing`];
      const found = Object.entries(letters).flatMap(([letter, what]) =>
        how.includes(letter) ? [what] : [],
      );
      return found.length === 0 ? [] : [`${path} ${[...new Set(found)].join(",")}`];
    })
    .toSorted();

const ours = ({ owned }: Inventory): string[] =>
  (owned?.differing ?? []).map(({ path, differs }) => `${path} ${differs.join(",")}`);

/** Lines that build a package with a manual and a program, and install it without its manual. */
const spec = (name: string, more: string, shared: string) => `
      cat > ${name}.spec <<END
Name: ${name}
Version: 1.0
Release: 1
Summary: x
License: MIT
BuildArch: noarch
%description
x
%install
mkdir -p %{buildroot}/usr/share/doc/${name} %{buildroot}/usr/bin
echo doc > %{buildroot}/usr/share/doc/${name}/readme; echo ${shared} > %{buildroot}/usr/bin/shared
%files
%doc /usr/share/doc/${name}/readme
/usr/bin/shared
END
      rpmbuild --quiet -bb --define "_topdir $PWD/build" --define '_build_id_links none' ${name}.spec > log 2>&1
      rpm --root="$ROOT" --dbpath=/var/lib/rpm -i --nodeps --nosignature --excludedocs ${more} build/RPMS/noarch/${name}-1.0-1.noarch.rpm`;

const rpmV = 'rpm --root="$ROOT" --dbpath=/var/lib/rpm -Va --nodeps || true';

const vouched = ({ packages }: Inventory) =>
  packages.flatMap((one) => (one.name === "gpg-pubkey" ? [] : [[one.name, one.vouched]]));

const rpmQa = `rpm --root="$ROOT" --dbpath=/var/lib/rpm -qa \\
  --qf '%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM} %{LICENSE}\\n'`;

test("packages of a root that rpm made are what rpm -qa says, all of them in all versions", async () => {
  await using made = await stock.copy("");
  const said = (await made.run(rpmQa)).trimEnd().split("\n");
  const { packages } = await made.take();
  const found = packages.map(({ name, version, architecture, source, licence }) => {
    const built = source === undefined ? "(none)" : `${source.name}-${source.version}.src.rpm`;
    return [name, version, architecture ?? "(none)", built, licence ?? "pubkey"].join(" ");
  });
  expect(found.toSorted()).toEqual(said.toSorted());
  expect(found).toHaveLength(5);
});

describe("files of rpm's packages", () => {
  test("differ in nothing as installed, and are vouched for where a key of the image's signed", async () => {
    await using made = await stock.copy("");
    const inventory = await made.take();
    expect(inventory.owned?.differing).toEqual([]);
    expect(verified(await made.run(rpmV))).toEqual([]);
    expect(vouched(inventory)).toEqual([
      ["crumb", "repository"],
      ["crust", "repository"],
      ["stale", "database"],
    ]);
    const [ed25519, rsa] = inventory.keys?.toSorted((a, b) => (a.names < b.names ? -1 : 1)) ?? [];
    const listed = (await stock.run("gpg --homedir gpg --list-keys --with-colons")).split("\n");
    const fingerprints = listed.flatMap((line) => /^fpr:+([0-9A-F]+):/.exec(line)?.[1] ?? []);
    expect([rsa?.fingerprint, ed25519?.fingerprint]).toEqual(fingerprints);
    expect(rsa).toMatchObject({
      path: "/var/lib/rpm/rpmdb.sqlite",
      names: ["rsa2048@example.org"],
    });
  });

  test("are told to differ where rpm -Va says so", async () => {
    await using made = await stock.copy(`
      printf X | dd of="$ROOT/usr/lib/crust/large" bs=1 seek=199999 conv=notrunc 2> /dev/null
      echo evil >> "$ROOT/usr/bin/crumb"; echo warm > "$ROOT/etc/crust/conf"
      echo any > "$ROOT/var/lib/crumb/free"; chmod 640 "$ROOT/usr/lib/stale/shadow"
      chown 7:8 "$ROOT/usr/bin/stale"; ln -sfn other "$ROOT/usr/lib/crumb/link"
      chmod 1777 "$ROOT/usr/lib/stale"; rm "$ROOT/usr/lib/stale/large"`);
    const said = verified(await made.run(rpmV));
    expect(said.length).toBeGreaterThan(7);
    const inventory = await made.take();
    expect(ours(inventory)).toEqual(said);
    const configuration = inventory.owned?.differing.filter((one) => one.configuration);
    expect(configuration?.map(({ path }) => path)).toEqual(["/etc/crust/conf"]);
  });

  test("that a database says were left out, or are another package's, are compared if they are there", async () => {
    await using made = await stock.copy(
      `${spec("first", "", "one")}\n${spec("second", "--replacefiles", "two")}`,
    );
    expect((await made.take()).owned?.differing).toEqual([]);
    await made.run(
      'mkdir -p "$ROOT"/usr/share/doc/{first,second}; cd "$ROOT/usr/share/doc"; echo evil > first/readme; echo doc > second/readme',
    );
    expect(ours(await made.take())).toEqual(["/usr/share/doc/first/readme content"]);
    await made.run('echo evil > "$ROOT/usr/bin/shared"');
    expect(ours(await made.take())).toContain("/usr/bin/shared content");
  });

  test("are vouched for by keys that lie ready, and by no other, and not when a bit is flipped", async () => {
    await using made = await stock.copy(`
      rpm --root="$ROOT" --dbpath=/var/lib/rpm -e --allmatches gpg-pubkey
      mkdir -p "$ROOT/etc/pki/rpm-gpg"; cp "${stock.path}/rsa2048.asc" "$ROOT/etc/pki/rpm-gpg/KEY"`);
    expect(vouched(await made.take())).toEqual([
      ["crumb", "database"],
      ["crust", "repository"],
      ["stale", "database"],
    ]);
    // in the header's own digest of /usr/bin/crust: as if the file were another
    await made.run(`python3 - "$ROOT" <<'END'
import sqlite3, sys, hashlib
d = sqlite3.connect(sys.argv[1] + "/var/lib/rpm/rpmdb.sqlite")
old = hashlib.sha256(b"tool of crust\\n").hexdigest().encode()
new = hashlib.sha256(b"evil\\n").hexdigest().encode()
for n, b in d.execute("select hnum, blob from Packages").fetchall():
    d.execute("update Packages set blob = ? where hnum = ?", (b.replace(old, new), n))
d.commit()
END
      echo evil > "$ROOT/usr/bin/crust"`);
    const tampered = await made.take();
    expect(ours(tampered)).toEqual([]);
    expect(vouched(tampered)).toContainEqual(["crust", "database"]);
  });
});
