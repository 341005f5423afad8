import { describe, expect, test } from "vitest";
import { withOrigins } from "../../../agent/inventory/rpm-origins.ts";
import type { FoundProblem } from "../../../core/inventory/found/problem.ts";
import type { Package } from "../../../core/inventory.ts";
import { rootMadeBy } from "./taken.ts";

const packages: Package[] = [
  { kind: "rpm", name: "bash", version: "5.2-1", architecture: "x86_64" },
  { kind: "rpm", name: "loaf-libs", version: "2:1.2.3-4", architecture: "noarch" },
  { kind: "rpm", name: "base", version: "1-1", architecture: "noarch" },
];

const originsIn = async (script: string) => {
  await using made = await rootMadeBy(`cd "$ROOT"; ${script}`);
  const problems: FoundProblem[] = [];
  const found = await withOrigins(made.root, packages, problems);
  return { origins: found.map(({ repository }) => repository), problems };
};

const history = (more: string) => `mkdir -p var/lib/dnf; sqlite3 var/lib/dnf/history.sqlite "
  CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT NOT NULL);
  CREATE TABLE rpm (item_id INTEGER UNIQUE NOT NULL, name TEXT, epoch INTEGER, version TEXT, release TEXT, arch TEXT);
  CREATE TABLE trans_item (id INTEGER PRIMARY KEY AUTOINCREMENT, trans_id INTEGER, item_id INTEGER, repo_id INTEGER,
    action INTEGER, reason INTEGER, state INTEGER);
  INSERT INTO repo VALUES (1, 'base'), (2, 'updates'), (3, '@System');
  INSERT INTO rpm VALUES (1, 'bash', 0, '5.2', '1', 'x86_64'), (2, 'loaf-libs', 2, '1.2.3', '4', 'noarch'), (3, 'base', 0, '1', '1', 'noarch');
  INSERT INTO trans_item VALUES (1, 1, 1, 1, 1, 1, 1), (2, 1, 2, 1, 1, 1, 1), (3, 2, 1, 2, 1, 1, 1), (4, 1, 3, 3, 1, 1, 1);
  ${more}"`;

describe("the repository of a package of rpm", () => {
  test("is the last that dnf installed that version from", async () => {
    const { origins, problems } = await originsIn(history(""));
    expect(origins).toEqual(["updates", "base", undefined]);
    expect(problems).toEqual([]);
  });

  test("is what dnf 5 and yum note", async () => {
    const five = await originsIn(`mkdir -p usr/lib/sysimage/libdnf5
      printf '%s\\n' 'version = "1.0"' '[nevras]' '"bash-5.2-1.x86_64" = {from_repo="fedora"}' \\
        '"base-1-1.noarch" = {from_repo=""}' '[nevras."loaf-libs-2:1.2.3-4.noarch"]' 'from_repo = "own"' \\
        > usr/lib/sysimage/libdnf5/nevras.toml`);
    expect(five.origins).toEqual(["fedora", "own", undefined]);
    const yum = await originsIn(`mkdir -p var/lib/yum/yumdb/{b,l}
      mkdir var/lib/yum/yumdb/b/aa-bash-5.2-1-x86_64 var/lib/yum/yumdb/l/ff-loaf-libs-1.2.3-4-noarch
      printf amzn2-core > var/lib/yum/yumdb/b/aa-bash-5.2-1-x86_64/from_repo
      printf extras > var/lib/yum/yumdb/l/ff-loaf-libs-1.2.3-4-noarch/from_repo`);
    expect(yum.origins).toEqual(["amzn2-core", "extras", undefined]);
  });

  test("is not known, and the history named, when it is none", async () => {
    const view = await originsIn(
      history(`DROP TABLE repo;
      CREATE VIEW repo AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id, i AS repoid FROM n;`),
    );
    expect(view.origins).toEqual([undefined, undefined, undefined]);
    expect(view.problems).toEqual([
      {
        section: "packages",
        path: "/var/lib/dnf/history.sqlite",
        reason: "it has no table repo as dnf makes it",
      },
    ]);
    const garbage = await originsIn("mkdir -p var/lib/dnf; seq 5000 > var/lib/dnf/history.sqlite");
    expect(garbage.problems[0]?.reason).toMatch(/^it is not whole/);
  });
});
