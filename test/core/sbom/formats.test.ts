import { expect, test } from "vitest";
import type { Inventory } from "../../../core/inventory.ts";
import { sbomText } from "../../../core/sbom/formats.ts";
import { smallInventory } from "../../support/small-inventory.ts";

const createdWith = (...files: Pick<Inventory["files"][number], "path" | "type" | "mtime">[]) => {
  const inventory = { ...smallInventory, files } as unknown as Inventory;
  const text = sbomText(inventory, "web", "spdx");
  return (JSON.parse(text) as { creationInfo: { created: string } }).creationInfo.created;
};

test("SPDX's document is of when the newest file was written, whatever folders and odd clocks say", () => {
  const created = createdWith(
    { path: "/etc/hosts", type: "file", mtime: 1_770_000_000 },
    { path: "/etc/issue", type: "file", mtime: 1_600_000_000 },
    { path: "/boot/efi", type: "folder", mtime: 4_039_372_800 },
    { path: "/etc/odd", type: "file", mtime: 2 ** 62 },
    { path: "/etc/old", type: "file", mtime: -1 },
  );
  expect(created).toBe("2026-02-02T02:40:00Z");
});

test("SPDX's document of an image without files has a time, too", () => {
  expect(createdWith()).toBe("1970-01-01T00:00:00Z");
});
