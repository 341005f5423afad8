import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { pathsIn } from "../../local/paths.ts";
import { openBundle, sweepBundles } from "../../local/unpacked.ts";
import { ovenbird } from "../support/ovenbird.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

const recipe =
  "image:\n  name: packed\n  origin: scratch\n  configure:\n    files: [{path: /a, source: a}]\n";

/** A bundle in an archive. */
const archiveIn = async (folder: string): Promise<string> => {
  const content = join(folder, "content");
  await mkdir(content);
  await writeFile(join(content, "recipe.yaml"), recipe);
  await writeFile(join(content, "a"), "a file of the bundle");
  const archive = join(folder, "packed.tar.gz");
  await run("tar", ["--create", "--gzip", "--file", archive, "--directory", content, "."]);
  return archive;
};

const signal = new AbortController().signal;

test("a bundle is there as long as its scope, and no sweep takes it meanwhile", async () => {
  await using folder = await temporaryFolder();
  const paths = pathsIn(join(folder.path, "state"));
  {
    await using bundle = await openBundle(paths, await archiveIn(folder.path), signal);
    expect(await readFile(bundle.recipe, "utf8")).toBe(recipe);
    expect(await sweepBundles(paths)).toBe(0);
    expect(await readFile(bundle.recipe, "utf8")).toBe(recipe);
  }
  expect(await readdir(paths.bundles)).toEqual([]);
});

test("what a killed command unpacked is swept", async () => {
  await using folder = await temporaryFolder();
  const paths = pathsIn(join(folder.path, "state"));
  await mkdir(join(paths.bundles, "dead/content"), { recursive: true });
  expect(await sweepBundles(paths)).toBe(1);
  expect(await readdir(paths.bundles)).toEqual([]);
});

test("an archive that is none leaves nothing", async () => {
  await using folder = await temporaryFolder();
  const paths = pathsIn(join(folder.path, "state"));
  const archive = join(folder.path, "broken.zip");
  await writeFile(archive, "PK\u0003\u0004 and no more");
  await expect(openBundle(paths, archive, signal)).rejects.toMatchObject({
    name: "UnusableArchive",
  });
  expect(await readdir(paths.bundles)).toEqual([]);
});

test("plan takes an archive for a recipe, and does nothing else", async () => {
  await using folder = await temporaryFolder();
  const state = join(folder.path, "state");
  const { status, stdout } = await ovenbird([
    "plan",
    await archiveIn(folder.path),
    "--state",
    state,
  ]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^image +packed$/m);
  expect(stdout).toMatch(/^origin +debian trixie, from scratch$/m);
  expect(stdout).toMatch(/^step 1 +files: \/a \(files\)$/m);
  expect(await readdir(join(state, "bundles"))).toEqual([]);
  expect(await readdir(state)).toEqual(["bundles"]);
});
