import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { NotFound } from "../../core/errors.ts";
import { ImageId } from "../../core/ids.ts";
import { Image } from "../../core/image.ts";
import { Verdict } from "../../core/policy/verdict.ts";
import { folderVerdicts } from "../../local/verdicts.ts";
import { bakeFolder, imageRecord, keptReport, pathsIn, snapshotFolder } from "../../local/paths.ts";
import { judge } from "../../core/policy/judge.ts";
import { cleanInventory, packed, plainFile } from "../support/clean-inventory.ts";
import { disk, someBake } from "../support/local-state.ts";
import { madeId } from "../../local/made-id.ts";
import { ovenbird } from "../support/ovenbird.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { facts, least } from "../core/policy/facts.ts";

const bake = someBake();
const image = Image.parse({
  ...{ imageId: madeId("img", bake), snapshotId: madeId("snap", bake), bake, disk },
  ...{ name: "web", description: "", state: "published", rootVolumeSize: 1, tags: {} },
  lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
  created: "2026-01-01T00:00:00.000Z",
});
/** A bake whose image was rejected, and is gone. */
const rejected = someBake();
const rejectedImage = ImageId.parse(madeId("img", rejected));
const unlessGone = (error: unknown) => {
  if (!(error instanceof NotFound)) throw error;
};
/** Sets the clipboard of a terminal that believes it, and claims that a rule passes. */
const hostile = "http://x/\u001b]52;c;cm0gLXJm\u0007\u009b2J/\nworld_writable: fine";
const inventory = cleanInventory({
  files: [plainFile("/srv/all", "0666")],
  repositories: [
    {
      ...{ kind: "dpkg", path: "/etc/apt/sources.list", line: 1, name: "x", urls: [hostile] },
      ...{ enabled: true, signatures: false, keys: [] },
    },
  ],
});

describe("an image that was judged", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let args: string[];
  beforeAll(async () => {
    folder = await temporaryFolder();
    const paths = pathsIn(folder.path);
    const snapshot = snapshotFolder(paths, image.snapshotId);
    const folders = [bake, rejected].map((one) => bakeFolder(paths, one));
    for (const path of [paths.images, snapshot, ...folders, paths.logs]) {
      await mkdir(path, { recursive: true });
    }
    await writeFile(join(snapshot, "inventory.json.gz"), packed(inventory));
    const verdict = judge(least, facts());
    const record = (state: Image["state"]) =>
      writeFile(imageRecord(paths, image.imageId), JSON.stringify({ ...image, state }));
    await record("candidate");
    await folderVerdicts(paths).keep(bake, image.imageId, { verdict });
    await record("published");
    const against = { verdict: { ...verdict, passed: false } };
    await folderVerdicts(paths).keep(rejected, rejectedImage, against).catch(unlessGone);
    await rm(paths.bakes, { recursive: true }); // as the bakes' ends do
    args = ["--state", folder.path];
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  test("is shown with its verdict", async () => {
    const { stdout } = await ovenbird(["show", "web", ...args]);
    expect(stdout).toMatch(/policy +passed, 2026-06-15/);
  });

  test("has the verdict of a rejected candidate beside the log of its bake", async () => {
    const text = await readFile(keptReport(pathsIn(folder.path), rejected, "verdict.json"), "utf8");
    expect(Verdict.parse(JSON.parse(text)).passed).toBe(false);
  });

  test("that was rejected is told of by its bake: what was said, with 4, by no other policy", async () => {
    const { stdout, stderr, status } = await ovenbird(["check", rejected, "--json", ...args]);
    expect(Verdict.parse(JSON.parse(stdout)).passed).toBe(false);
    expect({ stderr, status }).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^error/m),
    });
    const again = await ovenbird(["check", rejected, "--vulnerabilities", "osv", ...args]);
    expect(again.stderr).toMatch(/was rejected and is gone, so that it cannot be judged again/);
    expect(again.status).toBe(2);
  });

  test("is held to the policy again, and ends with 4 when it fails", async () => {
    const { stdout, stderr, status } = await ovenbird(["check", "web", ...args]);
    expect(stdout).toMatch(/FAIL +world_writable +\/srv\/all \(0666\)/);
    expect(stdout).toMatch(/reported +vulnerabilities +vulnerabilities could not be looked for/);
    expect(stdout).toMatch(/to do: take the right from others/);
    expect(stderr).toContain("error: the image was baked and fails 2 rules");
    expect(status).toBe(4);
  });

  test("drives no terminal by the names in it, and begins no line by them", async () => {
    const { stdout, stderr } = await ovenbird(["check", "web", ...args]);
    // oxlint-disable-next-line no-control-regex -- these characters are what is looked for
    expect(`${stdout}${stderr}`).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(stdout).toContain("  /etc/apt/sources.list:1: http://x/");
    expect(stdout).not.toMatch(/^world_writable: fine/m);
  });

  test("is held to the policy that is named, whose mistakes have their place", async () => {
    const file = join(folder.path, "policy.yaml");
    const policy = (text: string) => writeFile(file, `policy: { provenance: { ${text} } }\n`);
    const check = () => ovenbird(["check", "web", "--policy", file, "--json", ...args]);
    const report =
      "repositories: { mode: report }, vulnerabilities: { mode: report }, known_exploited: { mode: report }";
    await policy(`world_writable: { allowed: [/srv/*] }, ${report}`);
    const passed = await check();
    expect(passed.status).toBe(0);
    expect(JSON.parse(passed.stdout)).toMatchObject({ passed: true, policy: file });
    await policy("world_writable: { allowed: [/srv/*] }");
    expect((await check()).stderr).toContain("nobody was told where to look");
    await policy("world: {}");
    const wrong = await check();
    expect(wrong.stderr).toMatch(/policy\.yaml:1:\d+: unknown key "world"/);
    expect(wrong.status).toBe(2);
  });
});
