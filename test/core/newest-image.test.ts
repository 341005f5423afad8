import { describe, expect, test } from "vitest";
import { type Dated, dropMark, newestImage } from "../../core/newest-image.ts";

const place = { bucket: "recipes", key: "team/web.yaml" };
const at = "2026-11-21T12:00:00Z";

const image = (imageId: string, created: string, sequencer?: string, more = {}): Dated => ({
  ...{ imageId, created: `2026-11-21T${created}:00.000Z` },
  mark: sequencer === undefined ? undefined : dropMark({ ...place, at, sequencer, ...more }),
});

/** The newest, in whichever order they are given. */
const newestOf = (...images: Dated[]): string[] => {
  const turned = images.map((_, index) => [...images.slice(index), ...images.slice(0, index)]);
  const all = [...turned, ...turned.map((some) => some.toReversed())];
  return [...new Set(all.map((some) => newestImage(some)?.imageId ?? "none"))];
};

describe("the newest image of a recipe", () => {
  test("is that of the newer drop, whichever bake finished first", () => {
    const older = image("ami-9", "12:30", "9F");
    expect(newestOf(older, image("ami-1", "12:10", "0A1"), image("ami-2", "12:40", "07"))).toEqual([
      "ami-1",
    ]);
  });

  test("of one drop that was baked again, is the one that was registered last", () => {
    expect(newestOf(image("ami-9", "12:10", "0A"), image("ami-1", "12:20", "0A"))).toEqual([
      "ami-1",
    ]);
  });

  test("of two keys, is that of the later drop; in one second, always the same", () => {
    const other = { key: "team/copy.yaml", at: "2026-11-21T12:00:05Z" };
    expect(newestOf(image("ami-1", "12:30", "FF"), image("ami-2", "12:10", "01", other))).toEqual([
      "ami-2",
    ]);
    const same = { key: "team/copy.yaml" };
    expect(
      newestOf(image("ami-1", "12:30", "FF"), image("ami-2", "12:10", "01", same)),
    ).toHaveLength(1);
  });

  test("does not go in circles where times and sequencers disagree", () => {
    const early = { at: "2026-11-21T11:59:00Z" };
    const between = { key: "b.yaml", at: "2026-11-21T11:59:30Z" };
    const images = [
      ...[image("ami-1", "12:30", "01"), image("ami-2", "12:10", "02", early)],
      image("ami-3", "12:20", "01", between),
    ];
    expect(newestOf(...images)).toEqual(["ami-3"]);
  });

  test("may be one that no drop began, and is never one of which nobody knows when it was", () => {
    const byHand = { imageId: "ami-9", created: "" };
    expect(newestOf(byHand, image("ami-1", "12:10"), image("ami-2", "12:00", "01"))).toEqual([
      "ami-1",
    ]);
    expect(newestOf()).toEqual([]);
    expect(newestImage([])).toBeUndefined();
  });

  test("is marked in few characters, which tags and descriptions take", () => {
    const mark = dropMark({ ...place, key: "ü".repeat(500), at, sequencer: "0055AED6DCD90281E5" });
    expect(mark).toMatch(/^[\w:. -]{1,100}$/);
  });
});
