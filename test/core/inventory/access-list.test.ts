import { expect, test } from "vitest";
import { accessEntries } from "../../../core/inventory/access-list.ts";

const owner = "0100 0600 ffffffff";
const others = "2000 0400 ffffffff";
const listOf = (...entries: string[]) => Buffer.from(hex("02000000", ...entries), "hex");
const hex = (...parts: string[]) => parts.join("").replaceAll(" ", "");

/* The first is what setfacl -m u:1000:rw made of a file with mode 0644. */
test.each([
  [
    "a user",
    ["0100 0600 ffffffff", "0200 0600 e8030000", "0400 0400 ffffffff", "1000 0600 ffffffff"],
    [{ who: "user", id: 1000, write: true }],
  ],
  ["a group", [owner, "0800 0700 64000000"], [{ who: "group", id: 100, write: true }]],
  ["one whom the mask takes it from", ["0200 0700 e8030000", "1000 0500 ffffffff"], "masked"],
  ["one who may read", [owner, "0200 0500 e8030000"], "masked"],
])("tells of %s", (_, entries, told) => {
  const masked = [{ who: "user", id: 1000, write: false }];
  const named = told === "masked" ? masked : told;
  const all = { who: "others", write: false };
  expect(accessEntries(listOf(...entries, others))).toEqual([...(named as object[]), all]);
});

test("what others may is as the list says, whatever the mask leaves", () => {
  const list = listOf(owner, "1000 0000 ffffffff", "2000 0200 ffffffff");
  expect(accessEntries(list)).toEqual([{ who: "others", write: true }]);
});

test("one of no entries names nobody", () => {
  expect(accessEntries(listOf())).toEqual([]);
});

test.each([
  ["nothing", ""],
  ["half a version", "0200"],
  ["another version", hex("01000000", owner)],
  ["half an entry", hex("02000000", owner, "0200 0600")],
  ["a tag that nobody knows", hex("02000000", owner, "4000 0600 e8030000")],
  ["two tags at once", hex("02000000", "0300 0600 e8030000")],
  ["a right that nobody knows", hex("02000000", owner, "0200 0800 e8030000")],
])("%s is no access list", (_, value) => {
  expect(accessEntries(Buffer.from(value, "hex"))).toBeUndefined();
});
