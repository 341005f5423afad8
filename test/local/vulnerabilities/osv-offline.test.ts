import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { offlineOsv } from "../../../local/vulnerabilities/osv-offline.ts";
import { describeOsv } from "../../contracts/vulnerabilities.ts";
import { catalogue, looneyTunables, records } from "../../support/osv-records.ts";
import { alpine, bookworm, client, libc, oldLodash } from "../../support/scanned.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

/** A copy of OSV's data as files. */
const copied = async () => {
  const folder = await temporaryFolder();
  const data = join(folder.path, "data");
  for (const { id, ...record } of records) {
    await mkdir(join(data, "some"), { recursive: true });
    await writeFile(join(data, "some", `${id}.json`), JSON.stringify({ id, ...record }));
  }
  await writeFile(join(data, "known_exploited_vulnerabilities.json"), catalogue);
  return opened(folder, data);
};

const opened = (folder: TemporaryFolder, data: string) => {
  const index = join(folder.path, "state/vulnerabilities/osv.sqlite");
  return {
    ...{ data, index, vulnerabilities: offlineOsv({ data, index }) },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

/** The same in a zip, as OSV publishes an ecosystem. */
const zipped = async () => {
  const there = await copied();
  const folder = join(there.data, "some");
  execFileSync("zip", ["-q", "-r", join(there.data, "all.zip"), "."], { cwd: folder });
  await rm(folder, { recursive: true });
  return there;
};

describeOsv("a folder of records", copied);
describeOsv("OSV's all.zip", zipped);

describe("the index", () => {
  test("is made once, and again when the data changes", async () => {
    await using there = await copied();
    await there.vulnerabilities.find([libc], bookworm);
    const made = await stat(there.index);
    await there.vulnerabilities.find([libc], bookworm);
    expect((await stat(there.index)).ino).toBe(made.ino);
    const fixed = JSON.stringify({ ...looneyTunables, withdrawn: "2026-10-02T00:00:00Z" });
    await writeFile(join(there.data, "some", `${looneyTunables.id}.json`), fixed);
    const { findings } = await there.vulnerabilities.find([libc], bookworm);
    // the advisory still has it
    expect(findings.map(({ id, source }) => [id, source.record])).toContainEqual([
      "CVE-2023-4911",
      "DSA-5514-1",
    ]);
    expect((await stat(there.index)).ino).not.toBe(made.ino);
    expect(await readdir(join(there.index, ".."))).toEqual(["osv.sqlite"]);
  });

  test("that is damaged is made again", async () => {
    await using there = await copied();
    const { findings } = await there.vulnerabilities.find([libc], bookworm);
    await writeFile(there.index, "nothing of a database");
    expect((await there.vulnerabilities.find([libc], bookworm)).findings).toEqual(findings);
  });

  test("of data without CISA's catalogue does not say what is used in attacks", async () => {
    await using there = await copied();
    await rm(join(there.data, "known_exploited_vulnerabilities.json"));
    const { findings } = await there.vulnerabilities.find([libc], bookworm);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.filter((one) => "exploited" in one)).toEqual([]);
  });
});

describe("a scan is impossible, and leaves no index,", () => {
  test("without the data, or what is no data", async () => {
    await using there = await copied();
    const find = () => there.vulnerabilities.find([libc], bookworm);
    await writeFile(join(there.data, "some", "bad.json"), "{}");
    await expect(find()).rejects.toMatchObject({
      ...{ name: "ScanImpossible", message: expect.stringContaining("bad.json") },
    });
    await writeFile(join(there.data, "all.zip"), "no zip");
    await expect(find()).rejects.toMatchObject({ name: "ScanImpossible" });
    await rm(there.data, { recursive: true });
    await expect(find()).rejects.toMatchObject({ name: "ScanImpossible" });
    await expect(readFile(there.index)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("when the data lacks what the image has", async () => {
    await using there = await copied();
    for (const name of await readdir(join(there.data, "some"))) {
      if (!name.startsWith("D")) await rm(join(there.data, "some", name));
    }
    await expect(there.vulnerabilities.find([client], alpine)).rejects.toMatchObject({
      ...{ name: "ScanImpossible", message: expect.stringContaining("Alpine:v3.19") },
    });
    // where it has some of it, the rest is told beside what is found
    const scan = await there.vulnerabilities.find([libc, oldLodash], bookworm);
    expect(scan.findings.map(({ id }) => id)).toContain("CVE-2023-4911");
    expect(scan.unscanned).toEqual([
      {
        package: { kind: "npm", name: "lodash", version: "4.17.20" },
        why: expect.stringContaining("has nothing of npm: add all.zip of npm"),
      },
    ]);
  });
});
