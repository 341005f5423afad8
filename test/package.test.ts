import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const top = join(import.meta.dirname, "..");

let folder: string;
let installed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ovenbird-package-"));
  await run("npm", ["pack", "--pack-destination", folder], { cwd: top });
  const [archive = ""] = await readdir(folder);
  await run("tar", ["-xf", archive], { cwd: folder });
  installed = join(folder, "package");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the package is compiled: no TypeScript is in it, no test, and what tasks and agent need", async () => {
  const files = await readdir(installed, { recursive: true });
  expect(files.filter((path) => path.endsWith(".ts") || path.includes("test/"))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      ...["LICENSE", "README.md", "bin/ovenbird.js", "docs/recipe.schema.json"],
      ...["dist/agent/main.js", "dist/agent/inventory/thread.js", "dist/LICENSES"],
      ...["dist/statemachines/bake.asl.json", "recipes/debian-web.yaml"],
    ]),
  );
});

test("the packed command runs", async () => {
  const program = join(installed, "bin/ovenbird.js");
  const { stdout } = await run(process.execPath, [
    ...[program, "validate", join(installed, "recipes/debian-web.yaml")],
  ]);
  expect(stdout).toMatch(/: valid\n$/);
});
