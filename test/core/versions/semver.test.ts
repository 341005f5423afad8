import { expect, test } from "vitest";
import { semverOrder } from "../../../core/versions/semver.ts";

test("semantic versions follow each other as in the specification's own example", () => {
  // https://semver.org/#spec-item-11
  const ordered = [
    ...["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"],
    ...["1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1"],
  ];
  const shuffled = ordered.toSorted((a, b) => (a.length === b.length ? 0 : a.length - b.length));
  expect(shuffled.toSorted(semverOrder)).toEqual(ordered);
});

test("a `v`, a build and what is left out make no difference", () => {
  expect(semverOrder("v1.2.3", "1.2.3+build.5")).toBe(0);
  expect(semverOrder("1.22", "1.22.0")).toBe(0);
  expect(semverOrder("1.2.3-20230101000000-abcdef", "1.2.3")).toBeLessThan(0);
});
