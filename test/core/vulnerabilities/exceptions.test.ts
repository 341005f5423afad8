import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { applyExceptions, Exception } from "../../../core/vulnerabilities/exceptions.ts";
import type { Finding } from "../../../core/vulnerabilities/finding.ts";

const finding = (id: string, name: string, source = name): Finding => ({
  ...{ id, aliases: [`DEBIAN-${id}`], severity: { level: "high" } },
  package: { kind: "dpkg", name, version: "1", source: { name: source, version: "1" } },
  source: { database: "osv", record: `DEBIAN-${id}` },
});

/** As a policy has them. */
const readExceptions = (text: string): Exception[] => z.array(Exception).parse(parse(text));

const list = `
  - vulnerability: CVE-2024-6387
    packages: [openssh]
    reason: Nobody reaches port 22 but the bastion.
    expires: 2026-12-31
  - vulnerability: DEBIAN-CVE-2010-4756
    reason: Nobody globs what others wrote.
    expires: "2026-11-20"
  - vulnerability: CVE-1999-0001
    reason: It was there once.
    expires: 2027-01-01
`;

const findings = [
  finding("CVE-2024-6387", "openssh-server", "openssh"),
  finding("CVE-2024-6387", "dropbear"),
  finding("CVE-2010-4756", "libc6", "glibc"),
];

const judged = (today: string) => applyExceptions(findings, readExceptions(list), new Date(today));

describe("exceptions", () => {
  test("are given to the findings that they name, with reason and day", () => {
    const { findings: all, unused } = judged("2026-11-20T23:59:59Z");
    expect(all.map(({ exception }) => exception)).toEqual([
      {
        ...{ reason: "Nobody reaches port 22 but the bastion.", expires: "2026-12-31" },
        expired: false,
      },
      undefined,
      { reason: "Nobody globs what others wrote.", expires: "2026-11-20", expired: false },
    ]);
    expect(unused.map(({ vulnerability }) => vulnerability)).toEqual(["CVE-1999-0001"]);
  });

  test("say when they are over", () => {
    const { findings: all } = judged("2026-11-21T00:00:00Z");
    expect(all.map(({ exception }) => exception?.expired)).toEqual([false, undefined, true]);
  });

  test("are the longest of several", () => {
    const exception = { vulnerability: "CVE-2024-6387", reason: "x" };
    const { findings: all, unused } = applyExceptions(
      findings.slice(0, 1),
      ["2026-01-01", "2027-01-01", "2026-06-01"].map((expires) => ({ ...exception, expires })),
      new Date("2026-11-21"),
    );
    expect(all[0]?.exception).toEqual({ reason: "x", expires: "2027-01-01", expired: false });
    expect(unused).toEqual([]);
  });
});

test.each([
  ["no reason", "[{ vulnerability: CVE-1-1, expires: 2026-01-01 }]"],
  ["an empty one", "[{ vulnerability: CVE-1-1, reason: ' ', expires: 2026-01-01 }]"],
  ["no day", "[{ vulnerability: CVE-1-1, reason: x }]"],
  ["a day that there is not", "[{ vulnerability: CVE-1-1, reason: x, expires: 2026-02-30 }]"],
  ["no packages of a list", "[{ vulnerability: C, reason: x, expires: 2026-01-01, packages: [] }]"],
  ["a field that nobody reads", "[{ vulnerability: C, reason: x, expires: 2026-01-01, until: y }]"],
])("an exception with %s is refused", (_, text) => {
  expect(() => readExceptions(text)).toThrow();
});
