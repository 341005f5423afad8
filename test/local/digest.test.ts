import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestFiles } from "../../local/digest.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ovenbird-digest-"));
  await mkdir(join(folder, "site"));
  await writeFile(join(folder, "site/page"), "one");
  await writeFile(join(folder, "real"), "one");
  await symlink("real", join(folder, "link"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const all = () => digestFiles(folder, ["site", "real", "link"]);

test("the same files have the same digests, and a link that of what it leads to", async () => {
  const first = await all();
  expect(await all()).toEqual(first);
  expect(first["link"]).toBe(first["real"]);
});

test.each([
  ["a file's content, also behind a link", ["real", "link"], () => write("real", "two")],
  ["a file's mode", ["real", "link"], () => chmod(join(folder, "real"), 0o755)],
  ["a file in a folder", ["site"], () => write("site/page", "two")],
  ["a name in a folder", ["site"], () => write("site/another", "")],
  ["where a link in a folder leads", ["site"], () => symlink("page", join(folder, "site/way"))],
] as const)("%s changes the digest", async (_, changed, change) => {
  const before = await all();
  await change();
  const after = await all();
  expect(
    Object.keys(after)
      .filter((name) => after[name] !== before[name])
      .toSorted(),
  ).toEqual(changed.toSorted());
});

const write = (name: string, content: string) => writeFile(join(folder, name), content);
