import type { KeptScan } from "../../core/vulnerabilities/kept-scan.ts";

/** What somebody knew of an image's vulnerabilities: one that is high, and a package unseen. */
export const someScan: KeptScan = {
  format: 1,
  scanner: {
    ...{ name: "a copy of OSV's data", uri: "ovenbird:osv/debian", version: "1" },
    database: "https://osv.test/debian",
  },
  ...{ startedOn: "2026-11-21T12:00:00Z", finishedOn: "2026-11-21T12:00:02Z" },
  newest: "2026-11-20T00:00:00Z",
  findings: [
    {
      ...{ id: "CVE-2026-1", aliases: [], fixed: "2", exploited: true },
      package: { kind: "dpkg", name: "openssl", version: "1", architecture: "amd64" },
      severity: { level: "high", score: 7.5, vector: "CVSS:3.1/AV:N" },
      source: { database: "osv", record: "DSA-1" },
    },
  ],
  unscanned: [{ package: { kind: "npm", name: "left-pad", version: "1" }, why: "not covered" }],
};
