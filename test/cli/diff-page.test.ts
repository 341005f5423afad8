import { expect, test } from "vitest";
import { diffPage } from "../../cli/diff-page.ts";
import type { Inventory } from "../../core/inventory.ts";
import { diffInventories } from "../../core/inventory/diff.ts";
import { debian, file, folder, inventory } from "../core/inventory/made.ts";

const pageOf = (from: Inventory, to: Inventory): string[] =>
  diffPage(diffInventories(from, to)).replaceAll(/ {2,}/g, " | ").split("\n");

test("a page has sizes, packages, and files with what changed in them", () => {
  const from = inventory({
    ...{
      size: { files: 3, bytes: 20, used: 4000 },
      packages: [debian("bash", "5.1"), debian("sed", "4")],
    },
    files: [folder("/"), file("/etc/passwd"), file("/usr/old")],
  });
  const to = inventory({
    ...{
      size: { files: 3, bytes: 2034, used: 4000 },
      packages: [debian("bash", "5.2"), debian("vim", "9")],
    },
    files: [
      ...[folder("/", 5), file("/etc/passwd", { mode: "0666", size: 34 })],
      file("/usr/new\u001b[2J", { size: 2000 }),
    ],
  });
  expect(pageOf(from, to)).toEqual([
    ...["SIZE | FROM | TO", "files | 3 | 3"],
    ...["bytes in files | 20 B | 2.03 kB | +2.01 kB", "in use on disk | 4 kB | 4 kB", ""],
    "PACKAGES | FROM | TO",
    "changed | bash (amd64) | 5.1 | 5.2",
    "added | vim (amd64) | 9",
    ...["removed | sed (amd64) | 4", ""],
    "FILES | ADDED | REMOVED | CHANGED | BYTES | WHAT",
    "/etc/passwd | 1 | +24 B | content, mode",
    String.raw`/usr/new\x1b[2J | 1 | +2 kB`,
    "/usr/old | 1 | -10 B",
    "all | 1 | 1 | 1",
    ...["", "FILES OF ANOTHER TIME, BUT THE SAME", "/ | 1", "all | 1"],
  ]);
});

test("ten thousand changed files are a page that can be read", () => {
  const files = Array.from({ length: 10_000 }, (_, index) => {
    const number = String(index).padStart(5, "0");
    return file(`/usr/share/${number.slice(0, 2)}/${number}`);
  });
  const page = pageOf(
    inventory({ files }),
    inventory({ files: files.map((one) => ({ ...one, uid: 1 })) }),
  );
  expect(page.length).toBeLessThan(60);
  expect(page).toContain("all | 10000");
});

test("the same image twice makes a page that says so", () => {
  expect(pageOf(inventory(), inventory()).slice(-3)).toEqual([
    ...["the packages are the same", "", "the files are the same"],
  ]);
});

test("what is not known of an image is on the page", () => {
  const databases = [
    { kind: "rpm", path: "/Packages", packages: 0, problem: "it is odd" } as const,
  ];
  const page = pageOf(inventory(), inventory({ databases }));
  expect(page.slice(-2)).toEqual(["NOT KNOWN OF | BECAUSE", "to | /Packages | it is odd"]);
});
