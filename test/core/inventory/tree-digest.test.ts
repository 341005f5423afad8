import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { FileEntry } from "../../../core/inventory.ts";
import { treeDigest } from "../../../core/inventory/tree-digest.ts";
import { device, file, folder, link } from "./made.ts";

/** What docs/integrity.md says of a tree, put through sha256sum by nothing of ours. */
const bySum = (text: string): string =>
  `sha256:${execFileSync("sha256sum", { input: Buffer.from(text, "latin1") })
    .toString()
    .slice(0, 64)}`;

const start = "ovenbird-tree-1\0";
const zeros = "0".repeat(64);

describe("the digest of a tree", () => {
  test("is SHA-256 of what the docs say, for the vectors in them", () => {
    expect(treeDigest([])).toBe(bySum(start));
    expect(treeDigest([folder("/")])).toBe(bySum(`${start}/\0d\x000755\x000\x000\0\0\0\0\0`));
    const some = [
      folder("/"),
      file("/a", { capabilities: "cap_kill+p", xattrs: { "user.b": "", "user.a": "0x00" } }),
      file("/b", { hardLinkOf: "/a", mode: "4755", uid: 7, size: 3, sha256: undefined }),
      link("/l", "\0ff"),
      device("/é", 100_001),
    ];
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const nul = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    const text =
      `${start}/\0d\x000755\x000\x000\0\0\0\0\0` +
      `/a\0f\x000644\x000\x000\x0010\0${zeros}\0\0user.a\0${nul}\0user.b\0${empty}\0\0` +
      `/b\0f\x004755\x007\x000\x003\0\0/a\0\0` +
      `/l\0l\x000777\x000\x000\0\xff\0\0\0\0` +
      `/\xc3\xa9\0b\x000644\x000\x000\x008\x00100001\0\0\0`;
    expect(treeDigest(some)).toBe(bySum(text));
    expect(treeDigest(some.toReversed())).toBe(treeDigest(some));
  });

  test("is the one in the docs for an empty tree", () => {
    expect(treeDigest([folder("/")])).toBe(
      "sha256:dfdba55e3ac8fe369c87e771eeb40d8ef7186a4e8fd26940e4a94381700ba1f7",
    );
  });

  const one = file("/a", { xattrs: { "user.a": "1" } });
  const others: [string, FileEntry][] = [
    ["path", { ...one, path: "/b" }],
    ["type", { ...folder("/a"), mode: one.mode }],
    ["mode", { ...one, mode: "4644" }],
    ["owner", { ...one, uid: 1 }],
    ["group", { ...one, gid: 1 }],
    ["size", { ...one, size: 11 }],
    ["content", { ...one, sha256: "1".repeat(64) }],
    ["attribute's value", { ...one, xattrs: { "user.a": "2" } }],
    ["attribute's name", { ...one, xattrs: { "user.b": "1" } }],
    ["lack of attributes", { ...one, xattrs: undefined }],
    ["link", { ...one, hardLinkOf: "/" }],
  ];
  test.each(others)("is another with another %s", (_, other) => {
    expect(treeDigest([folder("/"), other])).not.toBe(treeDigest([folder("/"), one]));
  });

  test("has no time in it", () => {
    expect(treeDigest([{ ...one, mtime: 1 }])).toBe(treeDigest([one]));
  });

  test("names hard links after the first of their bytes, whatever the inventory's order is", () => {
    // U+1F426 comes before U+E000 as a string, and after it in UTF-8
    const names = ["/\u{1f426}", "/\ue000"];
    const [bird = "", private_ = ""] = names;
    const listed = [file(bird), file(private_, { hardLinkOf: bird })];
    const other = [file(private_), file(bird, { hardLinkOf: private_ })];
    expect(treeDigest(listed)).toBe(treeDigest(other));
  });

  test("of 200,000 entries takes seconds", () => {
    const files = Array.from({ length: 200_000 }, (_, at) =>
      file(`/usr/share/doc/${at}/a file with a name`, { xattrs: { "security.selinux": "a\0" } }),
    );
    const started = process.cpuUsage();
    treeDigest(files);
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10);
  });
});
