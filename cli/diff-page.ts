import prettyBytes from "pretty-bytes";
import type { FileEntry, Package } from "../core/inventory.ts";
import type { InventoryDiff, Unknown } from "../core/inventory/diff.ts";
import type { FileChange } from "../core/inventory/diff-files.ts";
import { type FolderSum, type Happening, sumByFolder } from "../core/inventory/folder-sums.ts";
import { shownName } from "../core/inventory/names.ts";
import { table } from "./table.ts";

/** Rows that are read from top to bottom. */
const fileRows = 40;
const touchedRows = 8;

/** What makes two images differ, on a page for people. */
export const diffPage = (diff: InventoryDiff): string =>
  [sizes(diff), packages(diff), files(diff), touched(diff), unknown(diff)]
    .filter((part) => part !== "")
    .join("\n\n");

const sizes = ({ size: { from, to } }: InventoryDiff): string => {
  return table(
    ["SIZE", "FROM", "TO", ""],
    [
      ["files", String(from.files), String(to.files), signed(to.files - from.files)],
      ["bytes in files", ...bytes(from.bytes, to.bytes)],
      ["in use on disk", ...bytes(from.used, to.used)],
    ],
  );
};

const bytes = (from: number, to: number): string[] => [
  ...[prettyBytes(from), prettyBytes(to), grown(to - from)],
];

const signed = (count: number): string =>
  count > 0 ? `+${count}` : count === 0 ? "" : String(count);
const grown = (bytes: number): string => (bytes === 0 ? "" : prettyBytes(bytes, { signed: true }));

const packages = ({ packages: { added, removed, changed } }: InventoryDiff): string => {
  const rows = [
    ...changed.map(({ from, to }) => ["changed", nameOf(to), versionOf(from), versionOf(to)]),
    ...added.map((one) => ["added", nameOf(one), "", versionOf(one)]),
    ...removed.map((one) => ["removed", nameOf(one), versionOf(one), ""]),
  ];
  if (rows.length === 0) return "the packages are the same";
  return table(["PACKAGES", "", "FROM", "TO"], rows);
};

const nameOf = ({ name, architecture }: Package): string =>
  architecture === undefined ? name : `${name} (${architecture})`;

const versionOf = ({ version, state }: Package): string =>
  state === undefined ? version : `${version} (${state})`;

const files = ({ files: { added, removed, changed } }: InventoryDiff): string => {
  if (added.length + removed.length + changed.length === 0) return "the files are the same";
  const happenings: Happening[] = [
    ...added.map((entry) => ({ path: entry.path, how: "added" as const, bytes: bytesOf(entry) })),
    ...removed.map((entry) => ({
      path: entry.path,
      how: "removed" as const,
      bytes: -bytesOf(entry),
    })),
    ...changed.map(({ path, from, to }) => ({
      ...{ path, how: "changed" as const, bytes: bytesOf(to) - bytesOf(from) },
    })),
  ];
  const what = new Map(changed.map((change) => [change.path, change.what.join(", ")]));
  const rows = sumByFolder(happenings, fileRows).map((sum) => [
    ...[shownName(sum.path), count(sum.added), count(sum.removed), count(sum.changed)],
    ...[grown(sum.bytes), what.get(sum.path) ?? ""],
  ]);
  const total = [added, removed, changed].map(({ length }) => count(length));
  return table(
    ["FILES", "ADDED", "REMOVED", "CHANGED", "BYTES", "WHAT"],
    [...rows, ["all", ...total, "", ""]],
  );
};

const count = (number: number): string => (number === 0 ? "" : String(number));

const bytesOf = (entry: FileEntry): number =>
  entry.type === "file" && entry.hardLinkOf === undefined ? entry.size : 0;

const touched = ({ files: { touched } }: InventoryDiff): string => {
  if (touched.length === 0) return "";
  const happenings = touched.map(({ path }: FileChange) => ({
    ...{ path, how: "changed" as const, bytes: 0 },
  }));
  const rows = sumByFolder(happenings, touchedRows).map((sum: FolderSum) => [
    ...[shownName(sum.path), String(sum.changed)],
  ]);
  return table(
    ["FILES OF ANOTHER TIME, BUT THE SAME", ""],
    [...rows, ["all", String(touched.length)]],
  );
};

const unknown = ({ unknown: { from, to } }: InventoryDiff): string => {
  const rows = [...unknownRows("from", from), ...unknownRows("to", to)];
  return rows.length === 0 ? "" : table(["NOT KNOWN OF", "", "BECAUSE"], rows);
};

const unknownRows = (which: string, { files, databases }: Unknown): string[][] => [
  ...databases.map(({ path, problem = "" }) => [which, shownName(path), problem]),
  ...files.map(({ path, reason }) => [which, shownName(path), reason]),
];
