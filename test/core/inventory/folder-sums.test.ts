import { expect, test } from "vitest";
import { type Happening, sumByFolder } from "../../../core/inventory/folder-sums.ts";

const many = (folder: string, count: number, how: Happening["how"] = "changed"): Happening[] =>
  Array.from({ length: count }, (_, index) => ({ path: `${folder}/${index}`, how, bytes: 1 }));

test("few paths are named one by one", () => {
  const happenings: Happening[] = [
    { path: "/etc/passwd", how: "changed", bytes: 20 },
    { path: "/usr/bin/tool", how: "added", bytes: 500 },
    { path: "/", how: "changed", bytes: 0 },
  ];
  expect(sumByFolder(happenings, 10)).toEqual([
    { path: "/", added: 0, removed: 0, changed: 1, bytes: 0 },
    { path: "/etc/passwd", added: 0, removed: 0, changed: 1, bytes: 20 },
    { path: "/usr/bin/tool", added: 1, removed: 0, changed: 0, bytes: 500 },
  ]);
});

test("of ten thousand the folders are named, and what stands alone by itself", () => {
  const happenings = [
    ...many("/usr/share/doc", 6000),
    ...many("/usr/share/man", 3000, "removed"),
    ...many("/var/lib/dpkg/info", 999),
    ...many("/etc/one", 1),
  ];
  const sums = sumByFolder(happenings, 10);
  expect(sums.map(({ path, added, removed, changed }) => [path, added, removed, changed])).toEqual([
    ["/etc/one/0", 0, 0, 1],
    ["/usr/share/doc/", 0, 0, 6000],
    ["/usr/share/man/", 0, 3000, 0],
    ["/var/lib/dpkg/info/", 0, 0, 999],
  ]);
});

test("a folder that was added as a whole is one row", () => {
  const happenings = [
    { path: "/opt", how: "added", bytes: 0 } as const,
    ...many("/opt/x", 3, "added"),
  ];
  expect(sumByFolder(happenings, 40)).toEqual([
    { path: "/opt/", added: 4, removed: 0, changed: 0, bytes: 3 },
  ]);
});

test("nothing is lost and the rows are never more than asked for, whatever happened", () => {
  for (let round = 0; round < 50; round++) {
    const paths = new Set(
      Array.from({ length: 1 + Math.floor(Math.random() * 500) }, () =>
        Array.from(
          { length: 1 + Math.floor(Math.random() * 6) },
          () => `/${Math.floor(Math.random() * 9)}`,
        ).join(""),
      ),
    );
    const happenings = [...paths].map((path) => ({ path, how: "changed" as const, bytes: 1 }));
    const rows = 1 + Math.floor(Math.random() * 40);
    const sums = sumByFolder(happenings, rows);
    expect(sums.length).toBeLessThanOrEqual(rows);
    expect(sums.reduce((sum, { changed }) => sum + changed, 0)).toBe(paths.size);
    expect(sums.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(paths.size);
  }
});

test("nothing happened in no folder", () => {
  expect(sumByFolder([], 10)).toEqual([]);
});
