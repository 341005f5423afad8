import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { Announcement, announcementJsonSchema } from "../../core/announcement.ts";
import { someBake } from "../support/local-state.ts";

const docs = join(import.meta.dirname, "../../docs");
const check = new Ajv({ allErrors: true, formats: { "date-time": true } }).compile(
  announcementJsonSchema(),
);

test("docs/announcement.schema.json is current; `vitest -u` writes it", async () => {
  const text = `${JSON.stringify(announcementJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(join(docs, "announcement.schema.json"));
});

const published = {
  ...{ version: 1, id: "a", outcome: "published", bake: someBake(), name: "web" },
  ...{ imageId: "ami-00000001", at: "2026-11-21T12:00:00.000Z" },
};
const failed = {
  ...{ version: 1, id: "a", outcome: "failed", name: "web.yaml", error: "InvalidRecipe" },
  ...{ message: "web.yaml:1:1: no", at: "2026-11-21T12:00:00.000Z" },
};

describe("the JSON Schema agrees with the announcements that", () => {
  test.each([
    ["a published image", published],
    ["one that is deprecated some day", { ...published, deprecateAt: "2027-02-19T12:00:00.000Z" }],
    ["one whose statements are signed", { ...published, statement: `sha256:${"0".repeat(64)}` }],
    ["a stage's", { ...failed, stage: "live" }],
    ["a recipe that was refused", failed],
    ["an image that failed its tests", { ...failed, outcome: "rejected", bake: someBake() }],
  ])("%s is right", (_title, announcement) => {
    expect(Announcement.parse(announcement)).toEqual(announcement);
    check(announcement);
    expect(check.errors).toBeNull();
  });

  test.each([
    ["without an image", { ...published, imageId: undefined }],
    ["of another version", { ...published, version: 2 }],
    ["of a bake that is none", { ...published, bake: "web" }],
    ["with more than there is", { ...published, more: 1 }],
    ["without a reason", { ...failed, message: undefined }],
    ["that is deprecated at no time", { ...published, deprecateAt: "soon" }],
    ["whose statements have no digest", { ...published, statement: "sha256:0" }],
    ["of a failure that is deprecated", { ...failed, deprecateAt: published.at }],
    ["at no time", { ...failed, at: "yesterday" }],
    ["of another outcome", { ...failed, outcome: "lost" }],
  ])("one %s is wrong", (_title, announcement) => {
    expect(Announcement.safeParse(announcement).success).toBe(false);
    expect(check(JSON.parse(JSON.stringify(announcement)))).toBe(false);
  });
});

test("every field is described, for subscribers to read", () => {
  const { oneOf = [] } = announcementJsonSchema() as {
    oneOf?: { properties: Record<string, { description?: string; const?: string }> }[];
  };
  const bare = oneOf.flatMap(({ properties }) =>
    Object.entries(properties).filter(([, field]) => !field.description && !field.const),
  );
  expect(oneOf).toHaveLength(2);
  expect(bare).toEqual([]);
});
