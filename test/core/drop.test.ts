import { describe, expect, test } from "vitest";
import { bakeOfDrop, compareDrops, dropOf, isDropKey, prefixOf } from "../../core/drop.ts";
import { dropOfKey } from "../support/memory-way-in.ts";

/** As S3's documentation shows it. */
const event = {
  version: "0",
  id: "17793124-05d4-b198-2fde-7ededc63b103",
  "detail-type": "Object Created",
  source: "aws.s3",
  account: "111122223333",
  time: "2021-11-12T00:00:00Z",
  region: "ca-central-1",
  resources: ["arn:aws:s3:::amzn-s3-demo-bucket1"],
  detail: {
    version: "0",
    bucket: { name: "amzn-s3-demo-bucket1" },
    object: {
      ...{ key: "team a/web+1.yaml", size: 5, etag: "b1946ac92492d2347c6235b4d2611184" },
      ...{ "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", sequencer: "617f08299329d189" },
    },
    ...{ "request-id": "N4N7GDK58NMKJ12R", requester: "123456789012", reason: "PutObject" },
  },
};

test("an event tells bucket, key as it is, version, order, size and time", () => {
  expect(dropOf(event)).toEqual({
    ...{ bucket: "amzn-s3-demo-bucket1", key: "team a/web+1.yaml", size: 5 },
    ...{ versionId: "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", sequencer: "617f08299329d189" },
    at: "2021-11-12T00:00:00Z",
  });
});

test("another event is refused", () => {
  expect(() => dropOf({ ...event, "detail-type": "Object Deleted" })).toThrow(/detail-type/);
});

test.each([
  ...["web.yaml", "a/web.yml", "a/b/web.json", "a/bundle.tar.gz", "b.tgz", "b.ZIP"],
  "my policies/web.yaml",
])("%s can be a recipe or a bundle", (key) => expect(isDropKey(key)).toBe(true));

test.each([
  ...["policies/team.yaml", "web.txt", "yaml", "a/", "bundle.tar", ".hidden.yaml"],
  ...["a/.git/config.yaml", "__MACOSX/web.yaml"],
])("%s is nobody's business", (key) => expect(isDropKey(key)).toBe(false));

test("the prefix is the first folder", () => {
  expect(["web.yaml", "a/web.yaml", "a/b/web.yaml"].map(prefixOf)).toEqual(["", "a", "a"]);
});

describe("a bake's id", () => {
  test("is the same for the same version of an object, and another for any other", () => {
    const drop = dropOfKey("a/web.yaml");
    const id = bakeOfDrop("web", drop);
    expect(id).toMatch(/^web-[0-9a-f]{16}-1$/);
    expect(bakeOfDrop("web", { ...drop, at: "2027-01-01T00:00:00Z", sequencer: "ff" })).toBe(id);
    const others = [{ versionId: "v2" }, { key: "b/web.yaml" }, { bucket: "other" }];
    const ids = others.map((other) => bakeOfDrop("web", { ...drop, ...other }));
    expect(new Set([id, ...ids]).size).toBe(4);
    expect(bakeOfDrop("web", drop, 2)).toBe(id.replace(/1$/, "2"));
  });

  test("goes by the sequencer where the bucket keeps no versions", () => {
    const drop = dropOfKey("a/web.yaml", { versionId: undefined });
    expect(bakeOfDrop("web", drop)).not.toBe(bakeOfDrop("web", { ...drop, sequencer: "2" }));
  });
});

describe("of two drops, the newer", () => {
  const older = dropOfKey("a/web.yaml", { sequencer: "F" });

  test("of one key has the larger sequencer, the shorter padded on its left, within a second too", () => {
    const newer = { ...older, sequencer: "10" };
    expect(compareDrops(newer, older)).toBeGreaterThan(0);
    expect(compareDrops(older, newer)).toBeLessThan(0);
    expect(compareDrops(older, { ...older, sequencer: "000f" })).toBe(0);
  });

  test("of one key is not told by its time, as events are not in order", () => {
    const newer = { ...older, sequencer: "10", at: "2020-01-01T00:00:00Z" };
    expect(compareDrops(newer, older)).toBeGreaterThan(0);
  });

  test("of two keys has the later time, and of one time it is the same one every time", () => {
    const other = dropOfKey("b/web.yaml", { sequencer: "1", at: "2026-11-21T12:00:01Z" });
    expect(compareDrops(other, older)).toBeGreaterThan(0);
    const sameTime = { ...other, at: older.at };
    expect(compareDrops(sameTime, older)).toBe(-compareDrops(older, sameTime));
    expect(compareDrops(sameTime, older)).not.toBe(0);
  });
});
