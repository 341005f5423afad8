import { describe, expect, test } from "vitest";
import { levelOf, levelOfFourth, scoreOf } from "../../../core/vulnerabilities/cvss.ts";
import { OsvRecord } from "../../../core/vulnerabilities/osv-record.ts";
import { severityOf } from "../../../core/vulnerabilities/osv-severity.ts";

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

/** Vectors with the levels that their scores by FIRST's table have. */
test.each([
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "critical"],
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "critical"],
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", "high"],
  ["CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "high"],
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", "medium"],
  ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "none"],
])("%s is %s, without a score", (vector, level) => {
  expect(levelOfFourth(vector)).toBe(level);
  expect(scoreOf(vector)).toBeUndefined();
});

test.each([
  "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N",
  "CVSS:4.0/AV:N/AC:L/AT:Q/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
  "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:Q/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
  "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:Q/VI:H/VA:H/SC:N/SI:N/SA:N",
  "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
])("%o says nothing as a vector of version 4", (vector) => {
  expect(levelOfFourth(vector)).toBeUndefined();
});

const record = (types: Record<string, string>, word?: string) =>
  severityOf(
    OsvRecord.parse({
      ...{ id: "GHSA-1", modified: "2026-10-01T00:00:00Z" },
      severity: Object.entries(types).map(([type, score]) => ({ type, score })),
      ...(word && { database_specific: { severity: word } }),
    }),
    {},
  );

describe("a record's severity", () => {
  const fourth = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N";
  test("is the score of version 3, where there is one of 4 beside it", () => {
    const vector = "CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:U/C:H/I:H/A:H";
    const found = record({ CVSS_V4: fourth, CVSS_V3: vector }, "CRITICAL");
    expect(found).toEqual({ level: "medium", score: 6.6, vector });
  });

  test("is its word where it has only a vector of version 4", () => {
    expect(record({ CVSS_V4: fourth }, "CRITICAL")).toEqual({ level: "critical", vector: fourth });
  });

  test("is what a vector of version 4 comes to where it has nothing else", () => {
    expect(record({ CVSS_V4: fourth })).toEqual({ level: "high", vector: fourth });
  });

  test("is unknown, and never none, where nothing can be made of it", () => {
    const cut = "CVSS:4.0/AV:N";
    expect(record({ CVSS_V4: cut })).toEqual({ level: "unknown", vector: cut });
  });
});
