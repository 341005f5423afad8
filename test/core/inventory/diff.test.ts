import { describe, expect, test } from "vitest";
import type { FileEntry, Package } from "../../../core/inventory.ts";
import { diffInventories } from "../../../core/inventory/diff.ts";
import { debian, device, file, folder, inventory, link } from "./made.ts";

const diffOf = (from: FileEntry[], to: FileEntry[]) =>
  diffInventories(inventory({ files: from }), inventory({ files: to })).files;

const packagesOf = (from: Package[], to: Package[]) =>
  diffInventories(inventory({ packages: from }), inventory({ packages: to })).packages;

test("an image does not differ from itself", () => {
  const one = inventory({ packages: [debian("bash", "5")], files: [folder("/"), file("/a")] });
  expect(diffInventories(one, structuredClone(one))).toEqual({
    packages: { added: [], removed: [], changed: [] },
    files: { added: [], removed: [], changed: [], touched: [] },
    size: { from: one.size, to: one.size },
    unknown: { from: { files: [], databases: [] }, to: { files: [], databases: [] } },
  });
});

describe("packages", () => {
  test("are added, removed, or changed with both versions", () => {
    const before = [debian("bash", "5.1"), debian("old", "1"), debian("same", "1")];
    const after = [debian("bash", "5.2"), debian("new", "1"), debian("same", "1")];
    expect(packagesOf(before, after)).toEqual({
      added: [debian("new", "1")],
      removed: [debian("old", "1")],
      changed: [
        {
          ...{ kind: "dpkg", name: "bash", architecture: "amd64" },
          ...{ from: debian("bash", "5.1"), to: debian("bash", "5.2") },
        },
      ],
    });
  });

  test("of another architecture are others", () => {
    const { added, removed, changed } = packagesOf(
      [debian("libc6", "2")],
      [debian("libc6", "2", "i386")],
    );
    expect([added.length, removed.length, changed.length]).toEqual([1, 1, 0]);
  });

  test("of which an image has several versions are added and removed one by one", () => {
    const kernels = ["6.1", "6.2", "6.3"].map((version) => debian("kernel", version));
    const diff = packagesOf(kernels.slice(0, 2), kernels.slice(1));
    expect(diff).toEqual({ added: kernels.slice(2), removed: kernels.slice(0, 1), changed: [] });
  });

  test("that are in another state have changed", () => {
    const half = { ...debian("hello", "1"), state: "unpacked" };
    expect(packagesOf([debian("hello", "1")], [half]).changed).toHaveLength(1);
  });
});

describe("files", () => {
  test("are added, removed and changed, wherever in the list", () => {
    const before = ["/a", "/b", "/d", "/f"].map((path) => file(path));
    const after = [file("/0"), file("/b", { mode: "4755" }), file("/c"), file("/d"), file("/g")];
    const { added, removed, changed, touched } = diffOf(before, after);
    expect(added.map(({ path }) => path)).toEqual(["/0", "/c", "/g"]);
    expect(removed.map(({ path }) => path)).toEqual(["/a", "/f"]);
    expect(changed.map(({ path }) => path)).toEqual(["/b"]);
    expect(touched).toEqual([]);
  });

  const plain = file("/x");
  test.each<[string[], FileEntry, FileEntry]>([
    [["content"], plain, { ...plain, sha256: "1".repeat(64) }],
    [["content"], { ...plain, sha256: undefined }, { ...plain, sha256: undefined, size: 11 }],
    [["content", "time"], plain, { ...plain, sha256: "1".repeat(64), mtime: 5 }],
    [["mode"], plain, { ...plain, mode: "4755" }],
    [["owner"], plain, { ...plain, uid: 1 }],
    [["owner"], plain, { ...plain, gid: 1 }],
    [["links"], plain, { ...plain, hardLinkOf: "/a" }],
    [["target"], link("/x", "a"), link("/x", "b")],
    [["device"], device("/x", 0), device("/x", 1)],
    [["type", "mode"], plain, link("/x", "a")],
  ])("that differ in %j say so", (what, from, to) => {
    expect(diffOf([from], [to]).changed).toEqual([{ path: "/x", what, from, to }]);
  });

  test("that differ in nothing but their time are listed on their own", () => {
    const { changed, touched } = diffOf([folder("/x", 1)], [folder("/x", 2)]);
    expect(changed).toEqual([]);
    expect(touched.map(({ what }) => what)).toEqual([["time"]]);
  });
});

test("what was not read of an image is said, because the rest may not be all", () => {
  const broken = { kind: "rpm", path: "/Packages", packages: 0, problem: "it is odd" } as const;
  const whole = { kind: "dpkg", path: "/status", packages: 0 } as const;
  const huge = { path: "/huge", reason: "it is too large" };
  const from = inventory({ databases: [whole, broken], unread: [huge] });
  expect(diffInventories(from, inventory()).unknown).toEqual({
    from: { files: [huge], databases: [broken] },
    to: { files: [], databases: [] },
  });
});
