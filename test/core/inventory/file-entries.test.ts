import { expect, test } from "vitest";
import * as z from "zod";
import { FileEntries } from "../../../core/inventory/file-entries.ts";
import { FileEntry } from "../../../core/inventory/file-entry.ts";

const schema = z.array(FileEntry);
const common = { path: "/x", mode: "0644", uid: 0, gid: 0, mtime: 1 };
const sha256 = "0123456789abcdef".repeat(4);
const right: Record<string, unknown>[] = [
  { ...common, type: "file", size: 1, sha256 },
  { ...common, type: "file", size: 0, hardLinkOf: "/y", package: "x", capabilities: "x=ep" },
  { ...common, type: "link", target: "y", xattrs: { "user.x": "y" } },
  ...["folder", "fifo", "socket"].map((type) => ({ ...common, type })),
  ...["character-device", "block-device"].map((type) => ({ ...common, type, major: 1, minor: 2 })),
];

/** What a document could have in the place of something. */
const values: unknown[] = [
  ...[
    undefined,
    null,
    "",
    "x",
    "0755",
    "07555",
    "0855",
    sha256,
    sha256.toUpperCase(),
    `${sha256}0`,
  ],
  ...[`${sha256.slice(1)}g`, `${sha256}\n`, 0, -1, 1.5, -0.5, 2 ** 53, 1e300, true, [], [""], {}],
  ...[{ x: "y" }, { x: 1 }, JSON.parse('{"__proto__":"x"}'), "file", "folder", "constructor"],
];
const keys = [...new Set([...right.flatMap(Object.keys), "size", "major", "unknown", "toString"])];

/** Every document that is one change away from a right one, and a few that are no entries. */
const others = [
  ...right.flatMap((one) =>
    keys.flatMap((key) => values.map((value) => ({ ...one, [key]: value }))),
  ),
  ...right.flatMap((one) =>
    keys.map((key) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== key))),
  ),
  ...[null, 1, "x", [], [common], JSON.parse('{"__proto__":1}')],
];

test("what is right is had as it is", () => {
  expect(FileEntries.parse(right)).toBe(right);
});

test("the quick look takes nothing that the schema does not, and gives what the schema gives", () => {
  const taken = others.map((one) => FileEntries.safeParse([one]));
  const judged = others.map((one) => schema.safeParse([one]));
  expect(taken.map(({ success }) => success)).toEqual(judged.map(({ success }) => success));
  expect(taken.map(({ data }) => data)).toEqual(judged.map(({ data }) => data));
  expect(judged.filter(({ success }) => success).length).toBeGreaterThan(50);
  expect(judged.filter(({ success }) => !success).length).toBeGreaterThan(1000);
});

test("what is wrong is told with its place", () => {
  const { error } = FileEntries.safeParse([right[0], { ...right[1], mode: "644" }]);
  expect(error?.issues).toEqual([expect.objectContaining({ path: [1, "mode"] })]);
  expect(FileEntries.safeParse("x").success).toBe(false);
});
