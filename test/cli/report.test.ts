import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Image } from "../../core/image.ts";
import { judge } from "../../core/policy/judge.ts";
import { reportFile } from "../../core/report/report-file.ts";
import { scanFile, scanText } from "../../core/vulnerabilities/kept-scan.ts";
import { folderReports } from "../../local/reports.ts";
import {
  bakeFolder,
  imageRecord,
  keptReport,
  type Paths,
  snapshotFolder,
  snapshotReport,
} from "../../local/paths.ts";
import { folderVerdicts } from "../../local/verdicts.ts";
import { cleanInventory, packed } from "../support/clean-inventory.ts";
import { makeState, someBake } from "../support/local-state.ts";
import { madeId } from "../../local/made-id.ts";
import { aboutOf, published } from "../support/report-data.ts";
import { someScan } from "../support/some-scan.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { facts, least } from "../core/policy/facts.ts";
import { ovenbird } from "./run-cli.ts";

const imageOf = (created: string): Image => {
  const bake = someBake();
  return Image.parse({
    ...{ imageId: madeId("img", bake), snapshotId: madeId("snap", bake), bake, created },
    ...{ name: "web", description: "", state: "published", rootVolumeSize: 1, tags: {} },
    disk: published().image.disk,
    lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
  });
};

const older = imageOf("2026-01-01T00:00:00.000Z");
const newer = imageOf("2026-02-01T00:00:00.000Z");

describe("a report", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let paths: Paths;
  let args: string[];
  beforeAll(async () => {
    folder = await temporaryFolder();
    paths = await makeState(folder.path);
    args = ["--state", folder.path];
    for (const image of [older, newer]) {
      const snapshot = snapshotFolder(paths, image.snapshotId);
      for (const path of [snapshot, bakeFolder(paths, image.bake)]) await mkdir(path);
      await writeFile(join(snapshot, "inventory.json.gz"), packed(cleanInventory()));
      const record = (state: Image["state"]) =>
        writeFile(imageRecord(paths, image.imageId), JSON.stringify({ ...image, state }));
      await record("candidate");
      await folderVerdicts(paths).keep(image.bake, image.imageId, {
        verdict: judge(least, facts()),
      });
      await record("published");
    }
  });
  afterAll(async () => {
    await rm(paths.bakes, { recursive: true }); // as the bakes' ends do
    await folder[Symbol.asyncDispose]();
  });

  test("of an image from before there were reports is made of what is kept", async () => {
    const { status, stdout, stderr } = await ovenbird(["report", "web", ...args]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^<!doctype html>\n/);
    expect(stdout).toContain(newer.imageId);
    expect(stdout).toContain(`Compared with <code>${older.imageId}</code>`);
    expect(stdout).toContain("Not kept.");
    expect(stdout).toContain("Nothing was signed of this image");
    const oldest = await ovenbird(["report", older.imageId, ...args]);
    expect(oldest.stdout).toContain("this is the first of its recipe");
  });

  test("made of what is kept has what a search found, where that is kept too", async () => {
    const kept = join(snapshotFolder(paths, older.snapshotId), scanFile);
    await writeFile(kept, scanText(someScan));
    const { stdout } = await ovenbird(["report", older.imageId, ...args]);
    expect(stdout).toContain("<code>CVE-2026-1</code>");
    expect(stdout).toContain("used in attacks");
    await rm(kept);
  });

  test("is what was written when the bake ended, also in a file", async () => {
    const reports = folderReports(paths);
    const { bake, snapshotId } = newer;
    await reports.keep(bake, aboutOf());
    const path = await reports.finish(bake, { timeline: undefined });
    expect(path).toBe(snapshotReport(paths, snapshotId, reportFile));
    const text = await readFile(snapshotReport(paths, snapshotId, reportFile), "utf8");
    expect(text).toContain("Published.");
    const file = join(folder.path, "web.html");
    const { status, stdout } = await ovenbird(["report", "web", "--output", file, ...args]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  test("of a rejected image stays beside the log of its bake, and is found by the bake's id", async () => {
    const bake = someBake();
    await mkdir(bakeFolder(paths, bake));
    const reports = folderReports(paths);
    await reports.keep(bake, aboutOf());
    const failure = { state: "rejected", error: "TestsFailed", message: "a test failed" } as const;
    const path = await reports.finish(bake, { failure, timeline: undefined });
    expect(path).toBe(keptReport(paths, bake, reportFile));
    const { stdout } = await ovenbird(["report", bake, ...args]);
    expect(stdout).toContain("<strong>Rejected.</strong>");
    expect(stdout).toContain("a test failed");
  });

  test("is none of a bake that ended before there was an image, nor of what nobody knows", async () => {
    const failure = { state: "failed", error: "StepFailed", message: "" } as const;
    const end = { failure, timeline: undefined };
    expect(await folderReports(paths).finish(someBake(), end)).toBeUndefined();
    const { status, stderr } = await ovenbird(["report", "nothing", ...args]);
    expect(status).toBe(5);
    expect(stderr).toContain("no image has the id or name nothing");
  });
});
