import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import prettyBytes from "pretty-bytes";
import { table } from "../cli/table.ts";
import type { Software } from "../core/sbom/software.ts";
import { offlineOsv } from "../local/vulnerabilities/osv-offline.ts";
import { median } from "./median.ts";

/*
 * `node bench/vulnerabilities.ts [--data FOLDER]`: 2,000 packages of Debian 12 matched against a
 * copy of OSV's data: a real one, or one made here, of as many records as OSV had of all of Debian
 * in November 2026, spread over as many source packages, a seventh of them the kernel's.
 */

const { values } = parseArgs({
  options: { data: { type: "string" }, rounds: { type: "string", default: "5" } },
});

const records = 72_000;
const sources = 35_000;
const releases = [11, 12, 13, 14];

/** Records in one folder: a folder of all of them is slow to write. */
const perFolder = 4_000;

const recordOf = (at: number): object => {
  const name = at % 7 === 0 ? "linux" : `source-${(at * 7919) % sources}`;
  return {
    ...{ schema_version: "1.7.0", id: `DEBIAN-CVE-2024-${10_000 + at}` },
    ...{ modified: "2026-10-01T00:00:00Z", upstream: [`CVE-2024-${10_000 + at}`] },
    details: "A flaw was found. ".repeat(20),
    severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
    affected: releases.map((release) => ({
      package: { ecosystem: `Debian:${release}`, name, purl: `pkg:deb/debian/${name}?arch=source` },
      ranges: [
        { type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: `1.${at % 20}-1+deb12u1` }] },
      ],
      versions: Array.from({ length: 10 }, (_, patch) => `1.${patch}-1`),
      ecosystem_specific: { urgency: "not yet assigned" },
    })),
  };
};

const writeData = async (folder: string): Promise<void> => {
  for (let at = 0; at < records; at++) {
    const part = join(folder, String(Math.floor(at / perFolder)));
    if (at % perFolder === 0) await mkdir(part, { recursive: true });
    await writeFile(join(part, `${at}.json`), JSON.stringify(recordOf(at)));
  }
};

const packages: Software[] = Array.from({ length: 2_000 }, (_, at) => {
  const name = at < 2 ? "linux" : `source-${at * 17}`;
  return {
    ...{ kind: "dpkg", name: `package-${at}`, version: "1.10-1", architecture: "amd64" },
    source: { name, version: "1.10-1" },
  };
});

const folder = await mkdtemp(join(tmpdir(), "ovenbird-bench-"));
try {
  const data = values.data ?? join(folder, "data");
  if (values.data === undefined) await writeData(data);
  const osv = offlineOsv({ data, index: join(folder, "osv.sqlite") });
  const find = async () => {
    const started = performance.now();
    const { findings } = await osv.find(packages, { id: "debian", version: "12" });
    return { seconds: (performance.now() - started) / 1000, found: findings.length };
  };
  const first = await find();
  const later: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) later.push((await find()).seconds);
  const rows = [
    [`2,000 packages matched, ${first.found} findings`, `${median(later).toFixed(2)} s`, "< 2 s"],
    ["the same with the index to be made", `${first.seconds.toFixed(1)} s`, ""],
    ["memory, the most of it", prettyBytes(process.resourceUsage().maxRSS * 1024), ""],
  ];
  process.stdout.write(`${table(["what", "median", "at most"], rows)}\n`);
} finally {
  await rm(folder, { recursive: true });
}
