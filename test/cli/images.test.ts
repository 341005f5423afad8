import { mkdir, readdir, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Image } from "../../core/image.ts";
import { writtenOf } from "../../local/written.ts";
import { someBake } from "../support/local-state.ts";
import { imageRecord, pathsIn, snapshotDisk, snapshotFolder } from "../../local/paths.ts";
import { ovenbird, scratchFolder } from "./run-cli.ts";

const scratch = { kind: "scratch", distribution: "debian", suite: "trixie" } as const;

const web = (digit: string, created: string, lineage: Image["lineage"] = [scratch]): Image =>
  Image.parse({
    imageId: `img-0000000${digit}`,
    name: "web",
    description: "Debian with nginx",
    state: "published",
    bake: `web-0123456789abcdef-${digit}`,
    snapshotId: `snap-0000000${digit}`,
    rootVolumeSize: 4,
    disk: {
      architecture: "x86_64",
      bootMode: "uefi-preferred",
      fileSystem: "ext4",
      operatingSystem: "Debian GNU/Linux 13 (trixie)",
      kernel: "vmlinuz-6.12.0-amd64",
    },
    lineage,
    tags: { role: "web", tier: "front" },
    created,
  });

const older = web("1", "2025-11-20T08:00:00.000Z");
const newer = web("2", "2025-11-21T08:00:00.000Z");

/** A state directory that holds these images. */
const stateWith = async (root: string, images: Image[]): Promise<string> => {
  const paths = pathsIn(root);
  for (const folder of [paths.images, paths.snapshots]) await mkdir(folder, { recursive: true });
  for (const image of images) {
    await mkdir(snapshotFolder(paths, image.snapshotId));
    await writeFile(snapshotDisk(paths, image.snapshotId), "");
    await truncate(snapshotDisk(paths, image.snapshotId), 1024 ** 2);
    await writeFile(imageRecord(paths, image.imageId), JSON.stringify(image));
  }
  return root;
};

test("a place without images says how to bake one", async () => {
  await using folder = await scratchFolder();
  const { status, stdout, stderr } = await ovenbird(["images", "--state", folder.path]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(stderr).toContain("ovenbird bake");
  expect((await ovenbird(["images", "--json", "--state", folder.path])).stdout).toBe("[]\n");
});

test("images are listed, the newest first, in local time", async () => {
  await using folder = await scratchFolder();
  const state = await stateWith(folder.path, [older, newer]);
  const env = { ...process.env, TZ: "Asia/Kolkata" };
  const { status, stdout } = await ovenbird(["images", "--state", state], { env });
  expect(status).toBe(0);
  const line = "web   2025-11-21T13:30:00+05:30  x86_64        uefi-preferred  ext4  4    role=web";
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    "ID            NAME  CREATED                    ARCHITECTURE  BOOT            FS    GiB  TAGS",
    `img-00000002  ${line} tier=front`,
  ]);
  expect(stdout.split("\n")[2]).toContain("img-00000001");
});

test("--json prints the catalogue's records", async () => {
  await using folder = await scratchFolder();
  const state = await stateWith(folder.path, [older, newer]);
  const { stdout } = await ovenbird(["--state", state, "images", "--json"]);
  expect(JSON.parse(stdout)).toEqual([newer, older]);
});

test("show finds the newest image of a name and says where its disk is", async () => {
  await using folder = await scratchFolder();
  const state = await stateWith(folder.path, [older, newer]);
  const { stdout } = await ovenbird(["show", "web", "--state", state]);
  const path = snapshotDisk(pathsIn(state), newer.snapshotId);
  expect(stdout).toMatch(/^operating system +Debian GNU\/Linux 13 \(trixie\)$/m);
  expect(stdout).toMatch(new RegExp(`^disk +${path}$`, "m"));
  const json = await ovenbird(["show", older.imageId, "--state", state, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ ...older, path: expect.any(String) });
});

test("lineage shows what an image descends from, and what descends from it", async () => {
  await using folder = await scratchFolder();
  const parent = { kind: "image", imageId: older.imageId, name: "web" } as const;
  const child = web("3", "2025-11-22T08:00:00.000Z", [parent, scratch]);
  const grandchild = web("4", "2025-11-23T08:00:00.000Z", [
    { kind: "image", imageId: child.imageId, name: "web" },
    ...child.lineage,
  ]);
  const state = await stateWith(folder.path, [older, newer, child, grandchild]);
  const env = { ...process.env, TZ: "UTC" };
  const { stdout } = await ovenbird(["lineage", older.imageId, "--state", state], { env });
  expect(stdout.split("\n")).toEqual([
    "debian trixie, from scratch",
    "└─ web  img-00000001  2025-11-20T08:00:00+00:00  <",
    "   └─ web  img-00000003  2025-11-22T08:00:00+00:00",
    "      └─ web  img-00000004  2025-11-23T08:00:00+00:00",
    "",
  ]);
  const last = await ovenbird(["lineage", "img-00000004", "--state", state], { env });
  expect(last.stdout.split("\n").slice(0, 3)).toEqual([
    "debian trixie, from scratch",
    "└─ web  img-00000001",
    "   └─ web  img-00000003",
  ]);
  const json = await ovenbird(["lineage", child.imageId, "--state", state, "--json"]);
  expect(JSON.parse(json.stdout)).toEqual({
    imageId: child.imageId,
    ancestors: child.lineage,
    descendants: [grandchild],
  });
});

test.each(["show", "boot", "rm", "lineage"])(
  "%s exits with 5 when there is no such image",
  async (verb) => {
    await using folder = await scratchFolder();
    const { status, stdout, stderr } = await ovenbird([verb, "nothing", "--state", folder.path]);
    expect({ status, stdout }).toEqual({ status: 5, stdout: "" });
    expect(stderr).toMatch(/^error: .*nothing/);
  },
);

test("rm removes what it names, and nothing when one of them is not there", async () => {
  await using folder = await scratchFolder();
  const state = await stateWith(folder.path, [older, newer]);
  expect((await ovenbird(["rm", "web", "nothing", "--state", state])).status).toBe(5);
  expect(await ovenbird(["rm", older.imageId, "--state", state])).toMatchObject({
    status: 0,
    stdout: `removed ${older.imageId} (web)\n`,
  });
  const { stdout } = await ovenbird(["images", "--json", "--state", state]);
  expect(JSON.parse(stdout)).toEqual([newer]);
});

test("a sweep of a clean place finds nothing", async () => {
  await using folder = await scratchFolder();
  const { status, stdout } = await ovenbird(["sweep", "--json", "--state", folder.path]);
  expect(status).toBe(0);
  // control groups are the whole machine's, where other tests kill bakes
  const swept = (JSON.parse(stdout) as { bake: string }[]).map(({ bake }) => bake);
  expect(swept.filter((bake) => bake !== "killed bakes")).toEqual([]);
});

test("a sweep removes disks kept after steps that nobody used for a month, and leaves the others", async () => {
  await using folder = await scratchFolder();
  const { steps } = pathsIn(folder.path);
  const kept = { steps: 1, bake: someBake(), repositories: [], seconds: 1, boot: null };
  for (const [key, days] of Object.entries({ old: 31, new: 1 })) {
    await mkdir(join(steps, key), { recursive: true });
    await writeFile(join(steps, key, "disk.raw"), key);
    const written = await writtenOf(join(steps, key, "disk.raw"));
    await writeFile(join(steps, key, "kept.json"), JSON.stringify({ ...kept, written }));
    const used = new Date(Date.now() - days * 24 * 3600 * 1000);
    await utimes(join(steps, key), used, used);
  }
  const { stdout } = await ovenbird(["sweep", "--state", folder.path]);
  expect(stdout).toContain("the step cache");
  expect(stdout).toContain("1 kept disk");
  expect(await readdir(steps)).toEqual(["new"]);
});
