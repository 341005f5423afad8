import { expect, test } from "vitest";
import { levelOf, scoreOf } from "../../../core/vulnerabilities/cvss.ts";

/** Scores that NVD gives these vectors, and the examples of FIRST's specifications. */
test.each([
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, "critical"],
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10, "critical"],
  ["CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", 8.1, "high"],
  ["CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8, "high"],
  ["CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H", 7.2, "high"],
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5, "high"],
  ["CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:U/C:H/I:H/A:H", 6.6, "medium"],
  ["CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:N/A:N", 6.1, "medium"],
  ["CVSS:3.0/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", 5.4, "medium"],
  ["CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1, "low"],
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0, "none"],
  ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O", 9.8, "critical"],
  ["AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8, "high"],
  ["AV:N/AC:L/Au:N/C:C/I:C/A:C", 10, "critical"],
  ["AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2, "medium"],
  ["AV:N/AC:M/Au:N/C:N/I:P/A:N", 4.3, "medium"],
])("%s scores %d, which is %s", (vector, score, level) => {
  expect(scoreOf(vector)).toBe(score);
  expect(levelOf(score)).toBe(level);
});

test.each([
  "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
  "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
  "CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  "CVSS:3.1/AV:N",
  "7.5",
  "",
])("%o has no score that could be made here", (vector) => {
  expect(scoreOf(vector)).toBeUndefined();
});
