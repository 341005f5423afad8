import { aspectsText } from "../core/inventory/aspects-text.ts";
import { shownName } from "../core/inventory/names.ts";
import type { RegionChange, Verification } from "../core/inventory/verify.ts";
import type { Proofs } from "./hold-proofs.ts";
import { table } from "./table.ts";
import type { Checksum } from "./verify-subject.ts";

/** What else is known of a disk. */
interface Told {
  checksum?: Checksum;
  proofs?: Proofs;
}

/** What a disk is, beside its inventory, on a page for people: every path and region that differs. */
export const verifyPage = (
  subject: string,
  found: Verification,
  { checksum, proofs }: Told = {},
): string =>
  [
    ...[verdict(subject, found), digests(found), file(checksum), differences(found)],
    ...[unknown(found), proofs === undefined ? "" : proofsTable(proofs)],
  ]
    .filter((part) => part !== "")
    .join("\n\n");

const file = (checksum: Checksum | undefined): string => {
  if (checksum === undefined) return "";
  const { written, found } = checksum;
  const is = written === found ? "as it was exported" : "not as it was exported";
  return table(
    ["FILE", is],
    [
      ["its .sha256 says", written],
      ["its SHA-256", found],
    ],
  );
};

/** What is proven and what is not, a row each. */
export const proofsTable = (proofs: Proofs): string => {
  const rows = proofs.sentences.map(({ proven: is, isBroken, text }) => [
    ...[isBroken ? "broken" : is ? "proven" : "not proven", text],
  ]);
  return table(["STATEMENTS", ""], rows);
};

const verdict = (subject: string, { same }: Verification): string =>
  same ? `${subject} is as its inventory says` : `${subject} is not as its inventory says`;

const digests = ({ digest: { written = "none", listed, found } }: Verification): string =>
  table(
    ["FILE TREE", ""],
    [
      ["the inventory's digest", written],
      ...(listed === written ? [] : [["of the files it lists", listed]]),
      ["the disk's digest", found],
    ],
  );

const differences = ({ files, regions }: Verification): string => {
  const rows = [
    ...regions.map(regionRow),
    ...files.changed.map(({ path, ...change }) => [
      "changed",
      shownName(path),
      aspectsText(change),
    ]),
    ...files.added.map(({ path }) => ["added", shownName(path), ""]),
    ...files.removed.map(({ path }) => ["removed", shownName(path), ""]),
  ];
  return rows.length === 0 ? "" : table(["DIFFERS", "", "IN"], rows);
};

const regionRow = ({ name, offset, how }: RegionChange): string[] => [
  ...[how, name, `the disk's bytes from ${offset} on`],
];

const unknown = ({ unknown }: Verification): string =>
  unknown.length === 0
    ? ""
    : table(
        ["NOT PROVEN"],
        unknown.map((sentence) => [shownName(sentence)]),
      );
