import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { inventoryText, unpackInventory } from "../../../core/inventory/document.ts";
import { debian, device, file, folder, inventory, link } from "./made.ts";
import { someBake } from "../../support/local-state.ts";

const textOf = (...order: Parameters<typeof inventoryText>) =>
  [...inventoryText(...order)].join("");

const some = inventory({
  databases: [{ kind: "rpm", path: "/var/lib/rpm/Packages", packages: 0, problem: "it is odd" }],
  packages: [
    debian("bash", "5.2"),
    { ...debian("sed", "4"), source: { name: "sed", version: "4" } },
  ],
  unread: [{ path: "/huge", reason: "it is too large" }],
  files: [
    ...[folder("/"), link("/link", "\0ff"), file("/file", { hardLinkOf: "/a" })],
    device("/x", 0),
  ],
});

test("a document is JSON, and what it holds is what was put in", () => {
  expect(JSON.parse(textOf(some))).toEqual(some);
  expect(unpackInventory(gzipSync(textOf(some)))).toEqual(some);
  expect(unpackInventory(gzipSync(textOf(inventory())))).toEqual(inventory());
});

test("a document has what a policy's checks and the comparison with a parent said, and the disk that was resumed", () => {
  const changes = [{ of: "/etc/shadow", what: "content" }];
  const checks = [{ name: "a", command: "true", status: 0, output: [] }];
  const resumed = { steps: 2, bake: someBake() };
  const parent = { changes, more: 1 };
  for (const more of [{ checks }, { parent }, { resumed }, { resumed: null }]) {
    const both = { ...inventory({ files: [folder("/")] }), ...more };
    expect(unpackInventory(gzipSync(textOf(both)))).toEqual(both);
  }
});

test("a document has each of a thousand files on a line", () => {
  const files = Array.from({ length: 1001 }, (_, index) => file(`/file-${index}`));
  const text = textOf(inventory({ files }));
  expect(text.split("\n").filter((line) => line.startsWith('{"type":"file"'))).toHaveLength(1001);
  expect(JSON.parse(text)).toMatchObject({ files });
});

test.each([
  ["another format", textOf(some).replace('"format":1', '"format":2')],
  ["a field that is not known", textOf(some).replace('"format":1', '"format":1,"more":1')],
  ["a mode that is none", textOf(some).replace("0755", "drwx")],
  ["no JSON", "nothing"],
])("a document with %s is refused", (_, text) => {
  expect(() => unpackInventory(gzipSync(text))).toThrow();
});
