import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { recipeText } from "./recipes.ts";
import { ovenbird, scratchFolder } from "./run-cli.ts";

const run = promisify(execFile);

/** Files beside the recipe by name, in a folder of an archive. */
const bundleOf = async (folder: string, recipe: string, files: Record<string, string> = {}) => {
  const content = join(folder, "content/web");
  await mkdir(content, { recursive: true });
  for (const [name, text] of Object.entries({ ...files, "recipe.yaml": recipe })) {
    await writeFile(join(content, name), text);
  }
  const archive = join(folder, "web.tar.gz");
  await run("tar", ["--create", "--gzip", "--file", archive, "-C", join(folder, "content"), "web"]);
  return { archive, state: join(folder, "state") };
};

const filesStep = "  configure:\n    files: [{ path: /a, source: a, template: true }]\n";

test("a right bundle is valid, and nothing of it is left", async () => {
  await using folder = await scratchFolder();
  const { archive, state } = await bundleOf(folder.path, recipeText(filesStep), { a: "a" });
  const { status, stdout } = await ovenbird(["validate", archive, "--state", state]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${archive}: valid\n` });
  expect(await readdir(join(state, "bundles"))).toEqual([]);
});

test.each(["validate", "plan", "bake"])(
  "%s says where in an archive a recipe is wrong, not where that was unpacked",
  async (verb) => {
    await using folder = await scratchFolder();
    const { archive, state } = await bundleOf(folder.path, recipeText("  file_sistem: ext4\n"));
    const { status, stdout, stderr } = await ovenbird([verb, archive, "--state", state]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^${archive}: web/recipe.yaml:7:3: .*file_system`));
    expect(stderr).not.toContain(state);
  },
);

test("a file that is missing in an archive is named as it would be there", async () => {
  await using folder = await scratchFolder();
  const { archive, state } = await bundleOf(folder.path, recipeText(filesStep), { ab: "" });
  const { stderr } = await ovenbird(["validate", archive, "--state", state]);
  expect(stderr).toMatch(new RegExp(`^${archive}: web/recipe.yaml:8:\\d+: there is no `));
  expect(stderr).toContain(`there is no ${archive}: web/a; did you mean ab?`);
});

test("a template in an archive is named with its own line", async () => {
  await using folder = await scratchFolder();
  const files = { a: "fine\n${NOBODY}\n" };
  const { archive, state } = await bundleOf(folder.path, recipeText(filesStep), files);
  const { stderr } = await ovenbird(["validate", archive, "--state", state]);
  expect(stderr).toMatch(new RegExp(`^${archive}: web/a:2:\\d+: `));
});

test("an archive that is none has a verdict as any recipe has", async () => {
  await using folder = await scratchFolder();
  const archive = join(folder.path, "broken.zip");
  await writeFile(archive, "PK\u0003\u0004 and no more");
  const where = ["--state", join(folder.path, "state")];
  const { status, stdout, stderr } = await ovenbird(["validate", "--json", archive, ...where]);
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject([
    { recipe: archive, valid: false, problems: [{ source: archive }] },
  ]);
  expect(stderr).toMatch(new RegExp(`^error: ${archive} cannot be unpacked`));
});

test("a bundle without a recipe is named", async () => {
  await using folder = await scratchFolder();
  const archive = join(folder.path, "none.tar.gz");
  await writeFile(join(folder.path, "README"), "");
  await run("tar", ["--create", "--gzip", "--file", archive, "-C", folder.path, "README"]);
  const where = ["--state", join(folder.path, "state")];
  const { stderr } = await ovenbird(["validate", archive, ...where]);
  expect(stderr).toContain(`${archive} has no recipe: there is README`);
});
