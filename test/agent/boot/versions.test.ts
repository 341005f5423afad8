import { expect, test } from "vitest";
import { compareVersions } from "../../../agent/boot/versions.ts";

/** Each older than the one after it; the last row is the specification's own example. */
const rows = [
  ["6.1.0-9-amd64", "6.1.0-10-amd64", "6.1.0-40-cloud-amd64", "6.12.107+deb13-cloud-amd64"],
  ["6.12.107+deb13-amd64", "6.12.117+deb13-amd64", "6.12.117+deb13.1-amd64", "6.13~rc1", "6.13"],
  ["6.1.112-122.189.amzn2023.x86_64", "6.1.112-124.190.amzn2023.x86_64", "6.12.5-1.amzn2023"],
  ["0-rescue-0123456789abcdef", "5.14.0-427.13.1.el9_4.x86_64", "5.14.0-503.el9.x86_64"],
  [
    ...["122.1", "123~rc1-1", "123", "123-a", "123-a.1", "123-1", "123-1.1", "123^post1"],
    ...["123.a-1", "123.1-1", "123a-1", "124-1"],
  ],
];

test.each(rows)("of two kernels the newer is told: %s …", (...row) => {
  for (const [index, one] of row.entries()) {
    for (const [other, two] of row.entries()) {
      const order = Math.sign(compareVersions(one, two));
      expect([one, two, order]).toEqual([one, two, Math.sign(index - other)]);
    }
  }
});

test("zeros before a number and signs that mean nothing do not count", () => {
  expect(compareVersions("1.007_a", "1.7+a")).toBe(0);
});
