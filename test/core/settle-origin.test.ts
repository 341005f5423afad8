import { expect, test } from "vitest";
import { settleOrigin } from "../../core/settle-origin.ts";
import { ImageId, SnapshotId } from "../../core/ids.ts";
import type { Origin } from "../../core/ports.ts";
import { recipeOf } from "../support/agent-run.ts";

const parent: Origin = {
  lineage: [
    { kind: "image", imageId: ImageId.parse("img-00000001"), name: "base" },
    { kind: "scratch", distribution: "debian", suite: "trixie" },
  ],
  snapshotId: SnapshotId.parse("snap-00000001"),
  ...{ architecture: "arm64", rootVolumeSize: 4 },
};
const scratch: Origin = {
  lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
  snapshotId: null,
};

test("where the recipe is silent, the origin decides", () => {
  expect(settleOrigin(recipeOf(), parent)).toEqual(parent);
});

test("where both are silent, the image is what most are", () => {
  expect(settleOrigin(recipeOf(), scratch)).toMatchObject({
    architecture: "x86_64",
    rootVolumeSize: 8,
  });
});

test("the recipe's size and architecture are those of an image from scratch", () => {
  const recipe = recipeOf({ architecture: "arm64", rootVolumeSize: 3 });
  const settled = { architecture: "arm64", rootVolumeSize: 3 };
  expect(settleOrigin(recipe, scratch)).toMatchObject(settled);
});

test("a disk may grow, and never shrinks", () => {
  expect(settleOrigin(recipeOf({ rootVolumeSize: 9 }), parent)).toMatchObject({
    rootVolumeSize: 9,
  });
  expect(() => settleOrigin(recipeOf({ rootVolumeSize: 3 }), parent)).toThrow(
    "root_volume_size is 3 GiB and the origin has 4; a disk cannot shrink: write at least 4, or leave it out",
  );
});

test("an origin of another architecture than the recipe's is refused", () => {
  expect(() => settleOrigin(recipeOf({ architecture: "x86_64" }), parent)).toThrow(
    "the recipe is for x86_64 and its origin is arm64",
  );
});

test("an image does not descend from one of its own name", () => {
  expect(() => settleOrigin(recipeOf({ name: "base" }), parent)).toThrow(
    "descends from an image of base itself",
  );
});
