import { describe, expect, test } from "vitest";
import { inspectorVulnerabilities } from "../../aws/inspector.ts";
import type { Distribution } from "../../core/inventory.ts";
import type { Software } from "../../core/sbom/software.ts";
import { credentials, type InspectorDouble, inspectorServer } from "../support/inspector-server.ts";
import { alpine, amazon, bookworm, client, libc, oldLodash, server } from "../support/scanned.ts";

/** An answer's vulnerability, after the examples in AWS's guide. */
const vulnerability = (refs: string[], fixed = "2.36-9+deb12u3") => ({
  ...{ "bom-ref": "vuln-1", id: "CVE-2023-4911", description: "A buffer overflow in ld.so" },
  source: { name: "DEBIAN_CVE", url: "https://security-tracker.debian.org/" },
  references: [{ id: "DSA-5514-1", source: { name: "DEBIAN" } }, { id: "CVE-2023-4911" }],
  ratings: [
    {
      ...{ severity: "medium", score: 5, method: "CVSSv2", source: { name: "VENDOR" } },
    },
    {
      ...{ severity: "high", score: 7.8, method: "CVSSv31", source: { name: "NVD" } },
      vector: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
    },
    {
      ...{ severity: "none", score: 0.91, method: "other", source: { name: "EPSS" } },
      vector: "model:v2023.03.01",
    },
  ],
  affects: refs.map((ref) => ({ ref })),
  properties: [
    { name: "amazon:inspector:sbom_scanner:exploit_available", value: "true" },
    { name: "amazon:inspector:sbom_scanner:cisa_kev_date_added", value: "2023-11-21T00:00:00Z" },
    ...refs.map((ref) => ({
      name: `amazon:inspector:sbom_scanner:fixed_version:${ref}`,
      value: fixed,
    })),
  ],
});

const report = (more: object) => ({ bomFormat: "CycloneDX", specVersion: "1.5", ...more });
const clean: InspectorDouble["answer"] = ({ components }) => report({ components });

/** Finds something in the last component of a request. */
const lastOnly: InspectorDouble["answer"] = ({ components }) =>
  report({ vulnerabilities: [vulnerability([components.at(-1)?.["bom-ref"] ?? ""])] });

const found = async (double: InspectorDouble, packages: Software[], which?: Distribution) => {
  await using there = await inspectorServer(double);
  const inspector = { region: "eu-west-1", endpoint: there.url, credentials, pause: 1 };
  const scan = await inspectorVulnerabilities(inspector).find(packages, which);
  return { ...scan, scanned: there.scanned };
};

/** What the double passes over: of libc6, not its source. */
const passedOver = new Set(["lodash", "openssh", "openssh-server", "libc6"]);

describe("Inspector", () => {
  test("is asked by a signed request, with packages and sources in its own form", async () => {
    const { scanned, findings } = await found({ answer: clean }, [libc, server], bookworm);
    expect(findings).toEqual([]);
    expect(scanned).toEqual([
      {
        ...{ bomFormat: "CycloneDX", specVersion: "1.5", version: 1 },
        components: [
          { "bom-ref": "system", type: "operating-system", name: "debian", version: "12" },
          ...[
            ["libc6", "2.36-9+deb12u1", "libc6@2.36-9%2Bdeb12u1", 0] as const,
            ["glibc", "2.36-9+deb12u1", "glibc@2.36-9%2Bdeb12u1", 0] as const,
            ["openssh-server", "1:9.2p1-2+deb12u2", "openssh-server@9.2p1-2%2Bdeb12u2", 1] as const,
            ["openssh", "1:9.2p1-2+deb12u2", "openssh@9.2p1-2%2Bdeb12u2", 1] as const,
          ].map(([name, version, purl, epoch], at) => ({
            ...{ "bom-ref": `comp-${at + 1}`, type: "application", name, version },
            purl: `pkg:deb/debian/${purl}?distro=bookworm&epoch=${epoch}`,
          })),
        ],
      },
    ]);
  });

  test.each<[string, Software, Distribution | undefined]>([
    [
      "pkg:rpm/amazon/openssl@3.0.8-1.amzn2023.0.10?arch=x86_64&distro=2023&epoch=1",
      {
        ...{ kind: "rpm", name: "openssl", version: "1:3.0.8-1.amzn2023.0.10" },
        architecture: "x86_64",
      },
      amazon,
    ],
    ["pkg:apk/alpine/ssl_client@1.36.1-r15?distro=3.19.1", client, alpine],
    ["pkg:npm/lodash@4.17.20", oldLodash, undefined],
  ])("knows a package as %s", async (purl, one, which) => {
    const { scanned } = await found({ answer: clean }, [one], which);
    expect(scanned[0]?.components.map((component) => component.purl)).toContain(purl);
  });

  test("tells of the source what each package made from it has, once", async () => {
    const answer = report({ vulnerabilities: [vulnerability(["comp-1", "comp-2"])] });
    const both = [libc, { ...libc, name: "libc-bin" }];
    const { findings } = await found({ answer: () => answer }, both, bookworm);
    expect(findings.map(({ package: { name } }) => name)).toEqual(["libc-bin", "libc6"]);
    expect(findings[1]).toEqual({
      ...{ id: "CVE-2023-4911", aliases: ["DSA-5514-1"], summary: "A buffer overflow in ld.so" },
      package: {
        ...{ kind: "dpkg", name: "libc6", version: "2.36-9+deb12u1" },
        source: { name: "glibc", version: "2.36-9+deb12u1" },
      },
      severity: {
        ...{ level: "high", score: 7.8 },
        vector: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
      },
      ...{ fixed: "2.36-9+deb12u3", exploited: true },
      source: { database: "inspector", record: "CVE-2023-4911" },
    });
  });

  test("is asked 2,000 components at a time, and every part's findings are told", async () => {
    const many = Array.from({ length: 4500 }, (_, at): Software => ({
      kind: "rpm",
      name: `p${at}`,
      version: "1-1",
    }));
    const { findings, scanned } = await found({ answer: lastOnly }, many, amazon);
    expect(scanned.map(({ components }) => components.length)).toEqual([2000, 2000, 503]);
    expect(findings.map(({ package: { name } }) => name)).toEqual(["p1998", "p3997", "p4499"]);
  });

  test("says of which packages it passed over all, in any request, with its reason", async () => {
    const value = "Component skipped: no rules found.";
    const properties = [{ name: "amazon:inspector:sbom_scanner:info", value }];
    const answer: InspectorDouble["answer"] = ({ components }) =>
      report({
        components: components.map((one) =>
          passedOver.has(one.name) ? { ...one, properties } : one,
        ),
      });
    const { unscanned } = await found({ answer }, [libc, server, oldLodash], bookworm);
    expect(unscanned).toEqual([
      {
        ...{ why: value },
        package: {
          ...{ kind: "dpkg", name: "openssh-server", version: "1:9.2p1-2+deb12u2" },
          source: { name: "openssh", version: "1:9.2p1-2+deb12u2" },
        },
      },
      { why: value, package: { kind: "npm", name: "lodash", version: "4.17.20" } },
    ]);
  });

  test.each([
    ["its version, where it says one", [{ vendor: "Amazon Inspector", version: "1.2:3" }], "1.2:3"],
    ["no version in another form", { components: [] }, undefined],
  ])("is named as who looked, with %s", async (_, tools, version) => {
    const answer: InspectorDouble["answer"] = ({ components }) =>
      report({ metadata: { tools, timestamp: "2026-01-01T00:00:00Z" }, components });
    const { scanner, newest } = await found({ answer }, [libc], bookworm);
    expect(scanner).toEqual({
      ...{ name: "Amazon Inspector", uri: expect.stringMatching(/^http:\/\/127/) },
      ...(version && { version }),
    });
    expect(newest).toBeUndefined();
  });

  test("is asked again when it is busy", async () => {
    const failures = [429, 500].map((status) => ({ status, type: "Throttling", message: "slow" }));
    const { scanned } = await found({ answer: clean, failures }, [libc], bookworm);
    expect(scanned).toHaveLength(1);
  });
});

const fails = async (double: InspectorDouble, message: RegExp, which?: Distribution) => {
  await expect(found(double, [libc], which)).rejects.toMatchObject({
    ...{ name: "ScanImpossible", message: expect.stringMatching(message) },
  });
};

describe("a scan by Inspector is impossible", () => {
  test("when it refuses, at once, with what it says", async () => {
    const failure = { status: 400, type: "ValidationException", message: "no such thing" };
    await fails(
      { answer: clean, failures: [failure] },
      /400, ValidationException, no such thing/,
      bookworm,
    );
  });

  test("when it stays busy", async () => {
    const failures = Array.from({ length: 5 }, () => ({ status: 500, type: "x", message: "y" }));
    await fails({ answer: clean, failures }, /500/, bookworm);
  });

  test("when it answers something else", async () => {
    await fails({ answer: () => ({}) }, /another form/, bookworm);
  });

  test("when it passes over all of the system's packages", async () => {
    const info = "amazon:inspector:sbom_scanner:info";
    const answer: InspectorDouble["answer"] = ({ components }) =>
      report({
        components: components.map((one) => ({
          ...one,
          properties: [{ name: info, value: "Component skipped: no rules found." }],
        })),
      });
    await fails({ answer }, /no rules for packages of debian 12/, bookworm);
  });

  test("when the image does not say what it is", async () => {
    await fails({ answer: clean }, /os-release/);
  });
});
