import type { OsvRecord } from "../../core/vulnerabilities/osv-record.ts";

/*
 * Records after the published schema, https://ossf.github.io/osv-schema/, of vulnerabilities that
 * there are; each has what a matching reads, and what such a record has beside it.
 */

const v3 = (score: string) => [{ type: "CVSS_V3", score: `CVSS:3.1/${score}` }];

interface Of {
  ecosystem: string;
  name: string;
  events: { introduced?: string; fixed?: string; last_affected?: string }[];
  versions?: string[];
  urgency?: string;
  type?: string;
}

const affected = ({ ecosystem, name, events, versions, urgency, type = "ECOSYSTEM" }: Of) => ({
  package: { ecosystem, name, purl: "pkg:generic/x" },
  ranges: [{ type, events }],
  ...(versions && { versions }),
  ...(urgency && { ecosystem_specific: { urgency } }),
  database_specific: { source: "https://example.org/record.json" },
});

const record = (id: string, more: object): OsvRecord => ({
  ...{ schema_version: "1.6.0", id, modified: "2026-10-01T00:00:00Z" },
  ...{ published: "2023-10-03T18:15:10Z", details: "…" },
  ...more,
});

const before = (fixed: string) => [{ introduced: "0" }, { fixed }];

export const looneyTunables = record("DEBIAN-CVE-2023-4911", {
  upstream: ["CVE-2023-4911"],
  severity: v3("AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"),
  affected: [
    affected({
      ...{ ecosystem: "Debian:11", name: "glibc", events: before("2.31-13+deb11u7") },
      urgency: "not yet assigned",
    }),
    affected({
      ...{ ecosystem: "Debian:12", name: "glibc", events: before("2.36-9+deb12u3") },
      ...{ versions: ["2.36-9", "2.36-9+deb12u1"], urgency: "not yet assigned" },
    }),
  ],
});

export const glibcAdvisory = record("DSA-5514-1", {
  ...{ summary: "glibc - security update", upstream: ["CVE-2023-4911"] },
  affected: [affected({ ecosystem: "Debian:12", name: "glibc", events: before("2.36-9+deb12u3") })],
});

export const globbing = record("DEBIAN-CVE-2010-4756", {
  upstream: ["CVE-2010-4756"],
  severity: v3("AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"),
  affected: [
    affected({
      ...{ ecosystem: "Debian:12", name: "glibc", events: [{ introduced: "0" }] },
      urgency: "unimportant",
    }),
  ],
});

export const regression = record("DEBIAN-CVE-2024-6387", {
  upstream: ["CVE-2024-6387"],
  severity: v3("AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H"),
  affected: [
    affected({ ecosystem: "Debian:12", name: "openssh", events: before("1:9.2p1-2+deb12u3") }),
  ],
});

export const netfilter = record("DEBIAN-CVE-2024-1086", {
  upstream: ["CVE-2024-1086"],
  severity: v3("AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"),
  affected: [affected({ ecosystem: "Debian:12", name: "linux", events: before("6.1.76-1") })],
});

export const ubuntuTunables = record("UBUNTU-CVE-2023-4911", {
  upstream: ["CVE-2023-4911"],
  severity: [...v3("AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"), { type: "Ubuntu", score: "high" }],
  affected: [
    affected({ ecosystem: "Ubuntu:22.04:LTS", name: "glibc", events: before("2.35-0ubuntu3.4") }),
    affected({ ecosystem: "Ubuntu:Pro:16.04:LTS", name: "glibc", events: [{ introduced: "0" }] }),
  ],
});

export const busybox = record("ALPINE-CVE-2023-42363", {
  upstream: ["CVE-2023-42363"],
  severity: v3("AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H"),
  affected: [
    affected({ ecosystem: "Alpine:v3.19", name: "busybox", events: before("1.36.1-r17") }),
  ],
});

export const rockyAdvisory = record("RLSA-2024:4312", {
  ...{ summary: "Important: openssh security update", upstream: ["CVE-2024-6387"] },
  affected: [
    affected({ ecosystem: "Rocky Linux:9", name: "openssh", events: before("0:8.7p1-38.el9_4.1") }),
  ],
});

export const almaAdvisory = record("ALSA-2024:4312", {
  ...{ summary: "Important: openssh security update", related: ["CVE-2024-6387"] },
  affected: ["openssh", "openssh-server"].map((name) =>
    affected({ ecosystem: "AlmaLinux:9", name, events: before("8.7p1-38.el9_4.1") }),
  ),
});

export const almaModule = record("ALSA-2024:1438", {
  ...{ summary: "Important: nodejs security update", related: ["CVE-2024-22019"] },
  affected: [
    affected({
      ...{ ecosystem: "AlmaLinux:9", name: "nodejs" },
      events: before("1:18.19.1-1.module_el9.3.0+88+e3bfdd21"),
    }),
  ],
});

export const lodash = record("GHSA-35jh-r3h4-6jhm", {
  ...{ aliases: ["CVE-2021-23337"], summary: "Command Injection in lodash" },
  severity: v3("AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"),
  affected: [
    affected({ ecosystem: "npm", name: "lodash", events: before("4.17.21"), type: "SEMVER" }),
  ],
  database_specific: { severity: "HIGH", cwe_ids: ["CWE-77", "CWE-94"] },
});

export const requests = record("GHSA-j8r2-6x86-q33q", {
  ...{ aliases: ["CVE-2023-32681", "PYSEC-2023-74"], summary: "Leaking of Proxy-Authorization" },
  affected: [
    affected({
      ...{ ecosystem: "PyPI", name: "requests", versions: ["2.28.1", "2.29.0", "2.30.0"] },
      events: [{ introduced: "2.3.0" }, { fixed: "2.31.0" }],
    }),
  ],
  database_specific: { severity: "MODERATE" },
});

export const withdrawn = record("DEBIAN-CVE-2023-0001", {
  ...{ upstream: ["CVE-2023-0001"], withdrawn: "2024-01-01T00:00:00Z" },
  affected: [affected({ ecosystem: "Debian:12", name: "glibc", events: [{ introduced: "0" }] })],
});

export const records: OsvRecord[] = [
  ...[looneyTunables, glibcAdvisory, globbing, regression, netfilter, ubuntuTunables, busybox],
  ...[rockyAdvisory, almaAdvisory, almaModule, lodash, requests, withdrawn],
];

/** In the form of CISA's catalogue. */
export const catalogue = JSON.stringify({
  ...{ title: "CISA Catalog of Known Exploited Vulnerabilities", catalogVersion: "2026.10.01" },
  ...{ dateReleased: "2026-10-01T12:00:00Z", count: 2 },
  vulnerabilities: ["CVE-2023-4911", "CVE-2024-1086"].map((cveID) => ({
    ...{ cveID, vendorProject: "x", product: "x", dateAdded: "2023-11-21" },
  })),
});
