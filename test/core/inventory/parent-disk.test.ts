import { expect, test } from "vitest";
import { parentDisk } from "../../../core/inventory/parent-disk.ts";
import { file, folder, inventory } from "./made.ts";

const region = (name: string, sum = "0") => ({
  name,
  offset: 0,
  size: 512,
  digested: 512,
  sha256: sum.repeat(64),
});

const baked = inventory({
  files: [folder("/"), file("/etc/shadow"), file("/gone"), file("/usr/bin/perl")],
  regions: [region("boot-sector")],
});

test("a disk as it was baked has no changes, whatever its times say", () => {
  const files = baked.files.map((one) => ({ ...one, mtime: 1 }));
  const regions = baked.regions ?? [];
  expect(parentDisk(baked, { files, regions })).toEqual({ changes: [], more: 0 });
});

test("all that was changed, added and removed is named, parts of the disk first", () => {
  const files = [
    ...[folder("/"), file("/added"), file("/etc/shadow", { sha256: "2".repeat(64) })],
    file("/usr/bin/perl", { mode: "4755" }),
  ];
  expect(parentDisk(baked, { files, regions: [region("boot-sector", "1")] }).changes).toEqual([
    { of: "boot-sector", what: "changed" },
    { of: "/added", what: "added" },
    { of: "/etc/shadow", what: "content" },
    { of: "/gone", what: "removed" },
    { of: "/usr/bin/perl", what: expect.stringMatching(/^mode \(\d{4} → 4755\)$/) },
  ]);
});

test("of very many changes the first are named, and the others counted", () => {
  const many = Array.from({ length: 1500 }, (_, index) => file(`/file-${index}`));
  const found = parentDisk(inventory({ files: [folder("/")] }), {
    ...{ files: [folder("/"), ...many], regions: [] },
  });
  expect(found.changes).toHaveLength(1000);
  expect(found.more).toBe(500);
});

test("a file that was too large to read when it was baked is compared by its size", () => {
  const { sha256: _, ...unread } = file("/huge", { size: 10 });
  const then = inventory({ files: [folder("/"), unread] });
  for (const [size, changes] of [
    [10, 0],
    [11, 1],
  ] as const) {
    const files = [folder("/"), file("/huge", { size })];
    expect(parentDisk(then, { files, regions: [] }).changes).toHaveLength(changes);
  }
});
