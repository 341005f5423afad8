import { describe, expect, test } from "vitest";
import type { Software } from "../../../core/sbom/software.ts";
import { readKnownExploited } from "../../../core/vulnerabilities/known-exploited.ts";
import { osvEndpoint } from "../../../local/vulnerabilities/osv-endpoint.ts";
import { describeOsv } from "../../contracts/vulnerabilities.ts";
import { catalogue, records } from "../../support/osv-records.ts";
import { osvServer } from "../../support/osv-server.ts";
import { bookworm, libc, libcBin } from "../../support/scanned.ts";

const exploited = readKnownExploited(catalogue);

const open = async (page = 1) => {
  const server = await osvServer(records, page);
  const vulnerabilities = osvEndpoint({ url: server.url, exploited, pause: 1 });
  return {
    ...{ server, vulnerabilities },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

describeOsv("OSV's service", open);

describe("OSV's service", () => {
  test("is asked about each source once, a thousand at a time, and for further pages", async () => {
    await using there = await open();
    const many = Array.from({ length: 1500 }, (_, at): Software => ({
      kind: "dpkg",
      name: `p${at}`,
      version: "1",
    }));
    await there.vulnerabilities.find([libc, libcBin, ...many], bookworm);
    const { batches, fetched } = there.server;
    // glibc's three records are three pages
    expect(batches.map((queries) => queries.length)).toEqual([1000, 1, 1, 501]);
    expect(batches[0]?.[0]).toEqual({
      package: { ecosystem: "Debian:12", name: "glibc" },
      version: "2.36-9+deb12u1",
    });
    expect(fetched.toSorted()).toEqual([
      "/v1/vulns/DEBIAN-CVE-2010-4756",
      "/v1/vulns/DEBIAN-CVE-2023-4911",
      "/v1/vulns/DSA-5514-1",
    ]);
  });

  test("is asked again when it is busy", async () => {
    await using there = await open();
    there.server.failures.push(429, 503);
    const { findings } = await there.vulnerabilities.find([libc], bookworm);
    expect(findings).toHaveLength(2);
  });

  test.each([
    ["refuses", [400], /400/],
    ["stays busy", [503, 503, 503, 503], /503/],
  ])("that %s makes the scan impossible", async (_, failures, said) => {
    await using there = await open();
    there.server.failures.push(...failures);
    await expect(there.vulnerabilities.find([libc], bookworm)).rejects.toMatchObject({
      ...{ name: "ScanImpossible", message: expect.stringMatching(said) },
    });
  });

  test("that answers in another form makes the scan impossible", async () => {
    await using there = await open();
    there.server.failures.push(200); // with `{}` for an answer
    await expect(there.vulnerabilities.find([libc], bookworm)).rejects.toMatchObject({
      name: "ScanImpossible",
    });
  });

  test("that is not there makes the scan impossible", async () => {
    const there = await open();
    await there[Symbol.asyncDispose]();
    await expect(there.vulnerabilities.find([libc], bookworm)).rejects.toMatchObject({
      ...{ name: "ScanImpossible", message: expect.stringContaining("ECONNREFUSED") },
    });
  });

  test("ends when it is told to", async () => {
    await using server = await osvServer(records);
    const vulnerabilities = osvEndpoint({ url: server.url, signal: AbortSignal.abort() });
    await expect(vulnerabilities.find([libc], bookworm)).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});
