import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changedWithoutUpgrade } from "../../../core/inventory/changed-without-upgrade.ts";
import type { Inventory } from "../../../core/inventory.ts";
import { facts, parent, said, scratch } from "../../core/policy/facts.ts";
import { type MadeRoot, rootMadeBy } from "./taken.ts";

/** A root with three packages that dpkg itself installed, where /lib is /usr/lib. */
const installed = String.raw`
  build() { mkdir -p "$1/DEBIAN"
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: x\n' \
      "$1" "$2" > "$1/DEBIAN/control"
    (cd "$1"; find . -path ./DEBIAN -prune -o -type f -print | grep -v '^./etc/' | cut -c3- |
      LC_ALL=C sort | xargs -r -d '\n' md5sum > DEBIAN/md5sums
      find . -path './etc/*' -type f -printf '/%P\n' > DEBIAN/conffiles)
    dpkg-deb --root-owner-group -Znone -b "$1" "$1.deb" > all.log; }
  mkdir -p "$ROOT"/usr/lib "$ROOT"/usr/bin "$ROOT"/var/lib/dpkg/{info,updates,triggers} "$ROOT"/etc/dpkg/dpkg.cfg.d
  ln -s usr/lib "$ROOT/lib"; ln -s usr/bin "$ROOT/bin"; touch "$ROOT/var/lib/dpkg/status"
  printf 'root:x:0:0::/:\nkeeper:x:700:700::/:\n' > "$ROOT/etc/passwd"
  printf 'root:x:0:\nkeeper:x:700:\n' > "$ROOT/etc/group"
  mkdir -p oven/bin oven/lib/oven oven/etc/oven 'oven/usr/share/doc/oven/a b'
  echo bake > oven/bin/bake; chmod 755 oven/bin/bake; ln oven/bin/bake oven/bin/bake-2
  head -c 300000 /dev/urandom > oven/lib/oven/large; : > oven/lib/oven/empty
  ln -s large oven/lib/oven/link; echo hot > oven/etc/oven/heat; echo cold > oven/etc/oven/cold
  echo doc > 'oven/usr/share/doc/oven/a b/readme'; echo x > $'oven/lib/oven/\xff\xc3\xa9'
  mkdir -p tray/usr/bin; echo ours > tray/usr/bin/tool
  mkdir -p rack/usr/bin; echo theirs > rack/usr/bin/rack; echo original > rack/usr/bin/tool
  build oven 1.0; build tray 1.0; build rack 2.0
  D="dpkg --root=$ROOT --force-not-root --force-script-chrootless --log=/dev/null"
  dpkg-divert --admindir "$ROOT/var/lib/dpkg" --root "$ROOT" --package tray --divert /usr/bin/tool.rack \
    --add --no-rename /usr/bin/tool > all.log
  $D -i oven.deb tray.deb rack.deb > all.log 2>&1
`;

let stock: MadeRoot;
beforeAll(async () => {
  stock = await rootMadeBy(installed);
});
afterAll(() => stock[Symbol.asyncDispose]());

/** As `dpkg -V` has them: a path, and what differs. */
const verified = async (run: (script: string) => Promise<string>): Promise<string[]> => {
  const said = await run('dpkg --root="$ROOT" -V || true');
  return said
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, how = "", path = ""] = /^(\S+) +(?:c )?(\/.*)$/.exec(line) ?? [];
      return `${path} ${how === "missing" ? "missing" : "content"}`;
    })
    .toSorted();
};

/** dpkg follows no link of folders, and we do. */
const ours = ({ owned }: Inventory): string[] =>
  (owned?.differing ?? [])
    .map(
      ({ path, differs }) =>
        `${path.replace(/^\/usr\/(?=bin\/bake|lib\/oven)/, "/")} ${differs.join(",")}`,
    )
    .toSorted();

describe("files of dpkg's packages", () => {
  test("differ in nothing as they were installed, and all but dpkg's own are somebody's", async () => {
    await using made = await stock.copy("");
    const { owned, packages, problems, files } = await made.take();
    expect(owned?.differing).toEqual([]);
    expect(problems).toEqual([]);
    expect(packages.map(({ name, vouched }) => [name, vouched])).toEqual([
      ["oven", "database"],
      ["rack", "database"],
      ["tray", "database"],
    ]);
    const others = owned?.unowned.filter((path) => !path.startsWith("/var/lib/dpkg/"));
    expect(others).toEqual(["/etc/group", "/etc/passwd"]);
    const owners = Object.fromEntries(files.map((entry) => [entry.path, entry.package]));
    expect(owners).toMatchObject({
      ...{ "/usr/bin/bake-2": "oven", "/usr/bin/tool": "tray", "/usr/bin/tool.rack": "rack" },
      "/usr/lib/oven/\u0000ffé": "oven",
    });
  });

  test("are told to differ where dpkg -V says so", async () => {
    await using made = await stock.copy(`
      printf X | dd of="$ROOT/usr/lib/oven/large" bs=1 seek=299999 conv=notrunc 2> /dev/null
      echo more >> "$ROOT/usr/bin/bake"; echo x > "$ROOT/usr/lib/oven/empty"
      rm "$ROOT/etc/oven/cold" "$ROOT/usr/share/doc/oven/a b/readme" "$ROOT/usr/lib/oven/link"
      echo warm > "$ROOT/etc/oven/heat"; echo changed > "$ROOT/usr/bin/tool.rack"`);
    const inventory = await made.take();
    const said = await verified(made.run);
    expect(said).toHaveLength(8);
    // dpkg looks at no file that was diverted
    expect(ours(inventory)).toEqual([...said, "/usr/bin/tool.rack content"].toSorted());
    const configuration = inventory.owned?.differing.filter((one) => one.configuration);
    expect(configuration?.map(({ path }) => path)).toEqual(["/etc/oven/cold", "/etc/oven/heat"]);
  });

  test("may be missing where dpkg was told to leave them out, and nowhere else", async () => {
    await using made = await stock.copy(`
      printf '# docs\\npath-exclude=/usr/share/doc/*\\npath-include = /usr/share/doc/*/keep\\n' \\
        > "$ROOT/etc/dpkg/dpkg.cfg.d/docs"
      rm -r "$ROOT/usr/share/doc" "$ROOT/usr/bin/rack"`);
    expect(ours(await made.take())).toEqual(["/usr/bin/rack missing"]);
  });

  test("have the mode and the owner of dpkg's overrides, or differ", async () => {
    await using made = await stock.copy(`
      printf 'keeper root 4750 /usr/bin/rack\\nroot #700 755 /usr/bin/tool\\n' \\
        > "$ROOT/var/lib/dpkg/statoverride"
      chown 700:0 "$ROOT/usr/bin/rack"; chmod 4755 "$ROOT/usr/bin/rack"
      chown 0:700 "$ROOT/usr/bin/tool"; chmod 755 "$ROOT/usr/bin/tool"`);
    expect(ours(await made.take())).toEqual(["/usr/bin/rack mode"]);
  });

  test("that are another kind of thing than was shipped differ in their type", async () => {
    await using made = await stock.copy(`
      ln -sf ../bin/rack "$ROOT/usr/lib/oven/large"; rm "$ROOT/usr/bin/rack"; mkdir "$ROOT/usr/bin/rack"`);
    expect(ours(await made.take())).toEqual(["/lib/oven/large type", "/usr/bin/rack type"]);
  });

  test("that were changed with the md5sums as well are told apart from the origin's", async () => {
    await using made = await stock.copy("");
    const origin = await made.take();
    await made.run(`
      echo evil >> "$ROOT/usr/lib/oven/large"; echo evil >> "$ROOT/usr/bin/rack"
      sums="$ROOT/var/lib/dpkg/info/oven.md5sums"; new=$(md5sum < "$ROOT/usr/lib/oven/large" | cut -c1-32)
      sed -i "s|^.*  lib/oven/large|$new  lib/oven/large|" "$sums"
      sed -i 's/^Version: 2.0/Version: 2.1/' "$ROOT/var/lib/dpkg/status"
      echo warm > "$ROOT/etc/oven/heat"`);
    const image = await made.take();
    expect(ours(image)).toEqual(["/etc/oven/heat content", "/usr/bin/rack content"]);
    // of rack another version is there: what changed of it was upgraded
    expect(changedWithoutUpgrade(origin, image)).toEqual([
      { path: "/etc/oven/heat", package: "oven", what: ["content"], configuration: true },
      { path: "/usr/lib/oven/large", package: "oven", what: ["content"], configuration: false },
    ]);
    expect(changedWithoutUpgrade(origin, origin)).toEqual([]);
  });
});

describe("a changed program of a package is told,", () => {
  const change = 'echo evil >> "$ROOT/usr/bin/rack"; cd "$ROOT/var/lib/dpkg";';
  const sum = '$(md5sum < "$ROOT/usr/bin/rack" | cut -c1-32)';
  const conffile = `sed -i "s|^Package: rack$|&\\nConffiles:\\n /usr/bin/rack ${sum}|" status;`;

  test.each([
    ["though it is listed as configuration", `${change} ${conffile}`],
    [
      "though its package's list no longer has it",
      `${change} sed -i '/bin.rack$/d' info/rack.list`,
    ],
    [
      "though another package's list has it instead",
      `${change} sed -i '/bin.rack$/d' info/rack.list; echo /usr/bin/rack >> info/oven.list`,
    ],
  ])("%s", async (_, script) => {
    await using made = await stock.copy(script);
    const { owned } = await made.take();
    expect(owned?.differing).toContainEqual({
      ...{ path: "/usr/bin/rack", package: "rack", differs: ["content"], configuration: false },
    });
  });

  test.each([
    ["though its digests are removed", "rm info/rack.md5sums"],
    ["though its digests are a link", "mv info/rack.md5sums x; ln -s ../x info/rack.md5sums"],
    [
      "though it is listed as configuration twice",
      `${conffile} echo /usr/bin/rack > info/rack.conffiles`,
    ],
    ["though its package has no list", "rm info/rack.list"],
  ])("%s, beside the parent's", async (_, script) => {
    await using made = await stock.copy("");
    const origin = await made.take();
    await made.run(`${change} ${script}`);
    const child = facts(await made.take(), { lineage: [parent, scratch], origin });
    const { status, evidence } = said("tampered", child);
    expect(status).toBe("fail");
    expect(evidence.map(({ of }) => of).join()).toMatch(/rack/);
  });

  test("and so is a link of one, beside the parent's", async () => {
    await using made = await stock.copy("");
    const origin = await made.take();
    await made.run('ln -sfn /opt/evil "$ROOT/usr/lib/oven/link"');
    const child = facts(await made.take(), { lineage: [parent, scratch], origin });
    expect(said("tampered", child)).toMatchObject({
      status: "fail",
      says: "/usr/lib/oven/link of oven was changed, and its version was not",
    });
  });
});

const find = async (script: string) => {
  await using made = await stock.copy(script);
  return await made.take();
};

const dpkg = 'dpkg --root="$ROOT" --force-not-root --force-script-chrootless --log=/dev/null';
const control = (name: string) =>
  `printf 'Package: ${name}\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.org>\\nDescription: x\\n'`;
const install = (name: string, ...commands: string[]) => `
  mkdir -p ${name}/DEBIAN; ${control(name)} > ${name}/DEBIAN/control
  (cd ${name}; ${commands.join("; ")})
  dpkg-deb --root-owner-group -Znone -b ${name} ${name}.deb > log; ${dpkg} -i ${name}.deb > log 2>&1`;

describe("the md5sums of a package", () => {
  const info = 'cd "$ROOT/var/lib/dpkg/info";';
  const sums = "/var/lib/dpkg/info/oven.md5sums";

  test.each([
    ["missing", `${info} rm oven.md5sums`, "missing"],
    ["empty", `${info} : > oven.md5sums`, "content"],
    ["a link", `${info} mv oven.md5sums x; ln -s x oven.md5sums`, "content"],
    ["without one of its programs", `${info} sed -i '/bake$/d' oven.md5sums`, "content"],
  ])("are told to be %s, also where nobody knows the parent", async (_, script, how) => {
    const inventory = await find(script);
    expect(inventory.owned?.differing).toEqual([
      { path: sums, package: "oven", differs: [how], configuration: false },
    ]);
    expect(said("tampered", facts(inventory))).toMatchObject({
      ...{ status: "fail", evidence: [{ of: sums }] },
    });
  });

  test("are made by dpkg of a package that comes without, of hard links as well", async () => {
    const files = ["mkdir -p usr/bin", "echo a > usr/bin/a", "ln usr/bin/a usr/bin/b"];
    const inventory = await find(install("bare", ...files, ": > usr/bin/nothing"));
    expect(inventory.owned?.differing).toEqual([]);
    const changed = await find(`${install("bare", ...files)}; echo x >> "$ROOT/usr/bin/a"`);
    expect(changed.owned?.differing.map(({ path }) => path)).toEqual(["/usr/bin/a", "/usr/bin/b"]);
  });

  test.each([
    ["nothing", []],
    ["folders", ["mkdir -p usr/share/kept/empty"]],
    ["links", ["mkdir -p usr/bin", "ln -s bake usr/bin/toast"]],
    [
      "configuration",
      ["mkdir -p etc/oven usr", "echo x > etc/oven/x", "echo /etc/oven/x > DEBIAN/conffiles"],
    ],
  ])("may be missing of a package of %s alone", async (_, commands) => {
    const removed = '; rm -f "$ROOT/var/lib/dpkg/info/bare.md5sums"';
    const inventory = await find(install("bare", ...commands) + removed);
    expect(inventory.packages.map(({ name }) => name)).toContain("bare");
    expect(inventory.owned?.differing).toEqual([]);
  });

  test("need not have what was made of a link in /etc since, or is state", async () => {
    const files = ["mkdir -p etc usr/lib var/lib/bare", "echo a > usr/lib/os-release"];
    const link = "ln -s ../usr/lib/os-release etc/os-release";
    const state = install("bare", ...files, link, "ln -s x var/lib/bare/state");
    const inventory = await find(`${state}
      for path in etc/os-release var/lib/bare/state; do rm "$ROOT/$path"; echo own > "$ROOT/$path"; done`);
    expect(inventory.owned?.differing).toEqual([]);
  });
});

describe("a child by which packages were", () => {
  test.each([
    ["replaced, in part", "replaces"],
    ["upgraded", "upgraded"],
    ["removed, with their configuration and without", "removed"],
    ["configured", 'echo warm > "$ROOT/etc/oven/heat"'],
  ])("%s is as its packages shipped it", async (_, how) => {
    const scripts: Record<string, string> = {
      replaces: `mkdir -p new/DEBIAN new/usr/bin; echo newer > new/usr/bin/rack
        printf 'Package: new\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nReplaces: rack\nDescription: x\n' > new/DEBIAN/control
        (cd new; md5sum usr/bin/rack > DEBIAN/md5sums); dpkg-deb --root-owner-group -Znone -b new new.deb > log
        ${dpkg} -i new.deb > log 2>&1`,
      upgraded: `cp -r ${stock.path}/oven again; echo other > again/bin/bake; rm again/bin/bake-2
        (cd again; sed -i 's/^Version: .*/Version: 1.1/' DEBIAN/control; md5sum bin/bake lib/oven/empty > DEBIAN/md5sums)
        rm -r again/usr; find again/lib/oven ! -type d ! -name empty -delete
        dpkg-deb --root-owner-group -Znone -b again again.deb > log; ${dpkg} -i again.deb > log 2>&1`,
      removed: `${dpkg} --remove oven > log 2>&1; ${dpkg} --purge rack > log 2>&1`,
    };
    await using made = await stock.copy("");
    const origin = await made.take();
    await made.run(scripts[how] ?? how);
    const child = facts(await made.take(), { lineage: [parent, scratch], origin });
    expect(said("tampered", child)).toMatchObject({ status: "pass", evidence: [] });
  });
});

describe("a hostile database of dpkg", () => {
  test.each([
    ["lists of terabytes", 'truncate -s 1T "$ROOT/var/lib/dpkg/info/rack.list"', true],
    ["a fifo for a list", 'mkfifo "$ROOT/var/lib/dpkg/info/zz.list"', false],
    [
      "a link out of the image for a list",
      'ln -s /etc/passwd "$ROOT/var/lib/dpkg/info/zz.list"',
      false,
    ],
    ["garbage", 'head -c 1000000 /dev/urandom > "$ROOT/var/lib/dpkg/info/rack.md5sums"', false],
    [
      "patterns without end",
      'yes "path-exclude=*a*a*a*a*a*a*b" | head -n 300 > "$ROOT/etc/dpkg/dpkg.cfg"',
      true,
    ],
    [
      "folders that are links in a circle",
      'ln -sfn oven "$ROOT/usr/lib/oven.d"; rm -r "$ROOT/usr/lib/oven"; ln -s oven.d "$ROOT/usr/lib/oven"',
      false,
    ],
  ])("with %s is read as far as it goes, or named", async (_, script, named) => {
    await using made = await stock.copy(script);
    const { problems, owned } = await made.take();
    expect(owned?.unowned.length).toBeGreaterThan(0);
    expect(problems?.map(({ section }) => section)).toEqual(named ? ["owned"] : []);
  });
});
