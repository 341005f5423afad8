import { describe, expect, test } from "vitest";
import type { Distribution } from "../../core/inventory.ts";
import type { Software } from "../../core/sbom/software.ts";
import { type Finding, Scanner, type Vulnerabilities } from "../../core/vulnerabilities/finding.ts";
import * as of from "../support/scanned.ts";

/** What a finding says first. */
const brief = ({ id, package: { name }, severity, fixed }: Finding) => [
  ...[id, name, severity.level, fixed],
];

/** What every adapter over the records of test/support/osv-records.ts finds. */
export const describeOsv = (
  name: string,
  open: () => Promise<AsyncDisposable & { vulnerabilities: Vulnerabilities }>,
) => {
  const find = async (packages: Software[], distribution?: Distribution): Promise<Finding[]> => {
    await using there = await open();
    return (await there.vulnerabilities.find(packages, distribution)).findings;
  };

  describe(`${name}: vulnerabilities`, () => {
    test("of Debian are those of the source package, in its order of versions", async () => {
      const found = await find([of.libc, of.libcBin, of.server], of.bookworm);
      expect(found.map(brief)).toEqual([
        ["CVE-2010-4756", "libc-bin", "low", undefined],
        ["CVE-2010-4756", "libc6", "low", undefined],
        ["CVE-2023-4911", "libc-bin", "high", "2.36-9+deb12u3"],
        ["CVE-2023-4911", "libc6", "high", "2.36-9+deb12u3"],
        ["CVE-2024-6387", "openssh-server", "high", "1:9.2p1-2+deb12u3"],
      ]);
      expect(found[3]).toEqual({
        ...{ id: "CVE-2023-4911", aliases: ["DEBIAN-CVE-2023-4911"] },
        package: {
          ...{ kind: "dpkg", name: "libc6", version: "2.36-9+deb12u1" },
          source: { name: "glibc", version: "2.36-9+deb12u1" },
        },
        severity: {
          ...{ level: "high", score: 7.8 },
          vector: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
        },
        ...{ fixed: "2.36-9+deb12u3", exploited: true },
        source: { database: "osv", record: "DEBIAN-CVE-2023-4911" },
      });
      expect(found[4]?.exploited).toBe(false);
    });

    test("that are fixed, or of another release, or withdrawn, are none", async () => {
      const found = await find([of.fixedLibc], of.bookworm);
      expect(found.map(({ id }) => id)).toEqual(["CVE-2010-4756"]);
    });

    test("of a signed kernel are the kernel's", async () => {
      const found = await find([of.kernel], of.bookworm);
      expect(found.map(brief)).toEqual([
        ["CVE-2024-1086", "linux-image-6.1.0-17-amd64", "high", "6.1.76-1"],
      ]);
    });

    test("of Ubuntu are those of the release", async () => {
      const found = await find([of.ubuntuLibc], of.jammy);
      expect(found.map(brief)).toEqual([["CVE-2023-4911", "libc6", "high", "2.35-0ubuntu3.4"]]);
    });

    test("of Alpine are those of the origin", async () => {
      const found = await find([of.client], of.alpine);
      expect(found.map(brief)).toEqual([["CVE-2023-42363", "ssl_client", "medium", "1.36.1-r17"]]);
    });

    test.each([of.rocky, of.alma])("of $id are each CVE of its advisories", async (which) => {
      const found = await find([of.rpmServer], which);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        ...{ id: "CVE-2024-6387", severity: { level: "high" } },
        fixed: expect.stringContaining("8.7p1-38.el9_4.1"),
        source: { record: expect.stringMatching(/^(?:RLSA|ALSA)-2024:4312$/) },
      });
    });

    test("of a module are not those of the package outside of it", async () => {
      expect(await find([of.nodejs], of.alma)).toEqual([]);
      expect((await find([of.moduleNodejs], of.alma)).map(({ id }) => id)).toEqual([
        "CVE-2024-22019",
      ]);
    });

    test("of languages are found without a distribution", async () => {
      const all = [of.oldLodash, of.newLodash, of.oldRequests, of.newRequests];
      const found = await find(all, undefined);
      expect(found.map(({ package: { version }, ...one }) => [one.id, version, one.fixed])).toEqual(
        [
          ["CVE-2021-23337", "4.17.20", "4.17.21"],
          ["CVE-2023-32681", "2.30.0", "2.31.0"],
        ],
      );
      expect(found.map(({ severity }) => severity.level)).toEqual(["high", "medium"]);
    });

    test("come with who looked, in what, and how new that is", async () => {
      await using there = await open();
      const scan = await there.vulnerabilities.find([of.libc], of.bookworm);
      expect(scan.newest).toBe("2026-10-01T00:00:00Z");
      expect(Scanner.parse(scan.scanner)).toMatchObject({
        uri: expect.stringMatching(/^(?:http:\/\/127\.0\.0\.1:\d+\/|ovenbird:osv\/data)$/),
        database: scan.scanner.uri,
      });
    });

    test("of what is not covered are not known, which is told beside what is found", async () => {
      await using there = await open();
      const some = [of.rpmServer, of.oldLodash, { ...of.oldLodash, name: "matched-nowhere" }];
      const { findings, unscanned } = await there.vulnerabilities.find(some, of.amazon);
      expect(findings.map(({ id }) => id)).toEqual(["CVE-2021-23337"]);
      expect(unscanned).toMatchObject([
        { package: { name: "openssh-server" }, why: expect.stringContaining("Amazon Linux") },
      ]);
    });

    test.each<[string, Software[], Distribution | undefined]>([
      ["Amazon Linux, which OSV has not", [of.rpmServer], of.amazon],
      ["a distribution that says nothing of itself", [of.libc], undefined],
      ["Debian without a release", [of.libc], { id: "debian" }],
      ["a distribution that nobody knows", [of.libc], { id: "constructor", version: "1" }],
      ["dpkg's packages on Alpine", [of.libc], of.alpine],
    ])("of %s cannot be looked for, which is not that there are none", async (_, some, which) => {
      await expect(find(some, which)).rejects.toMatchObject({ name: "ScanImpossible" });
    });
  });
};
