import { expect, test } from "vitest";
import { BuilderId, ImageId, SnapshotId, VolumeId } from "../../core/ids.ts";
import { madeId } from "../../local/made-id.ts";
import { someBake } from "../support/local-state.ts";

test("what a bake makes has the same id at every call, and no two have one", () => {
  const [one, other] = [someBake(), someBake()];
  const kinds = { i: BuilderId, vol: VolumeId, snap: SnapshotId, img: ImageId };
  for (const [prefix, Id] of Object.entries(kinds) as [keyof typeof kinds, typeof BuilderId][]) {
    const id = madeId(prefix, one);
    expect(Id.parse(id)).toBe(id);
    expect(madeId(prefix, one)).toBe(id);
    expect(madeId(prefix, other)).not.toBe(id);
  }
  expect(madeId("i", one).slice(2)).not.toBe(madeId("vol", one).slice(4));
});
