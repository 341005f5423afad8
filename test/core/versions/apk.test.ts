import { expect, test } from "vitest";
import { apkOrder } from "../../../core/versions/apk.ts";

/** From test/unit/version_test.c's data, version.data, of apk-tools' source. */
const vectors: [string, "<" | "=" | ">", string][] = [
  ["2.34", ">", "0.1.0_alpha"],
  ["0.1.0_alpha", "=", "0.1.0_alpha"],
  ["0.1.0_alpha", "<", "0.1.3_alpha"],
  ["0.1.0_alpha2", ">", "0.1.0_alpha"],
  ["0.1.0_alpha", "<", "2.2.39-r1"],
  ["2.2.39-r1", ">", "1.0.4-r3"],
  ["1.0.4-r3", "<", "1.0.4-r4"],
  ["1.0.4-r4", "<", "1.6"],
  ["1.0.2", ">", "0.7-r1"],
  ["0.7-r1", "<", "1.0.0"],
  ["1.0.1", "<", "1.1"],
  ["1.1", ">", "1.1_alpha1"],
  ["1.1.1_alpha1", "<", "1.2.1"],
  ["1.2.1", ">", "1.2"],
  ["1.3_alpha", "<", "1.3.1"],
  ["0.1.0_beta", ">", "0.1.0_alpha"],
  ["1.3_rc1", "<", "1.3"],
  ["1.0_p1", ">", "1.0"],
  ["1.0_p9", "<", "1.0_p10"],
  ["1.0_p10-r0", "<", "1.0_p10-r1"],
  ["1.0.1b", ">", "1.0.1a"],
  ["12.2.5", ">", "12.2b"],
  ["6.6", ">", "6.5_p1"],
  ["0.12.1", ">", "0.12"],
  ["1.01", "<", "1.1"],
  ["1.2.5-r10", ">", "1.2.5-r9"],
  ["20120312", ">", "20120211"],
  ["3.1.4-r5", "<", "3.1.4-r6"],
  ["1.36.1-r29", "<", "1.36.1-r30"],
  ["8.11.1-r0", ">", "8.9.1-r2"],
  ["1.0", "<", "1.0_git20200101"],
  ["1.0_rc", "<", "1.0"],
  ["0_p1", ">", "0"],
];

test.each(vectors)("%s %s %s", (one, sign, other) => {
  expect(Math.sign(apkOrder(one, other))).toBe({ "<": -1, "=": 0, ">": 1 }[sign]);
  expect(Math.sign(apkOrder(other, one))).toBe({ "<": 1, "=": 0, ">": -1 }[sign]);
});

test("any text is taken, and ends where it makes no sense", () => {
  expect(apkOrder("", "")).toBe(0);
  expect(apkOrder("1.0", "1.0!!")).toBe(0);
  expect(apkOrder("nonsense", "1")).toBeLessThan(1);
});
