import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { copyBundle } from "../../local/bundle.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A recipe's folder with a site in it, and a place for its bundle. */
const openRecipe = async () => {
  const folder = await temporaryFolder();
  const home = join(folder.path, "recipe");
  const bundle = join(folder.path, "bundle");
  await mkdir(join(home, "site/pages"), { recursive: true });
  await writeFile(join(home, "site/pages/index.html"), "hello\n", { mode: 0o640 });
  await writeFile(join(home, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(join(folder.path, "outside"), "not the recipe's");
  return {
    ...{ home, bundle, outside: join(folder.path, "outside") },
    copy: (...files: string[]) => copyBundle(home, files, bundle),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

test("what a recipe names is copied with its modes, and nothing else", async () => {
  await using recipe = await openRecipe();
  await recipe.copy("run.sh", "site/pages");
  expect((await readdir(recipe.bundle)).toSorted()).toEqual(["run.sh", "site"]);
  expect((await stat(join(recipe.bundle, "run.sh"))).mode & 0o777).toBe(0o755);
  expect(await readFile(join(recipe.bundle, "site/pages/index.html"), "utf8")).toBe("hello\n");
});

test("a bundle keeps what the files were", async () => {
  await using recipe = await openRecipe();
  await recipe.copy("run.sh");
  await writeFile(join(recipe.home, "run.sh"), "changed");
  expect(await readFile(join(recipe.bundle, "run.sh"), "utf8")).toBe("#!/bin/sh\n");
});

test("a link that is named is followed, within the recipe's folder", async () => {
  await using recipe = await openRecipe();
  await symlink("site/pages/index.html", join(recipe.home, "link"));
  await symlink("site", join(recipe.home, "folder"));
  await recipe.copy("link", "folder/pages");
  expect(await readFile(join(recipe.bundle, "link"), "utf8")).toBe("hello\n");
  expect(await readFile(join(recipe.bundle, "folder/pages/index.html"), "utf8")).toBe("hello\n");
});

test("a link that is not named, but in a folder that is, stays the link it is", async () => {
  await using recipe = await openRecipe();
  await symlink("/etc/shadow", join(recipe.home, "site/link"));
  await recipe.copy("site");
  expect(await readlink(join(recipe.bundle, "site/link"))).toBe("/etc/shadow");
});

test("a link out of the recipe's folder is refused, by a folder's name as well", async () => {
  await using recipe = await openRecipe();
  await symlink(recipe.outside, join(recipe.home, "absolute"));
  await symlink("../outside", join(recipe.home, "relative"));
  await symlink("..", join(recipe.home, "up"));
  for (const file of ["absolute", "relative", "up/outside", "../outside", "up"]) {
    await expect(recipe.copy(file)).rejects.toMatchObject({
      name: "UnusablePath",
      message: expect.stringContaining(`${file} leads out of the recipe's folder`),
    });
  }
});

test("a folder whose name begins with two dots is in the recipe's folder", async () => {
  await using recipe = await openRecipe();
  await mkdir(join(recipe.home, "..data"));
  await writeFile(join(recipe.home, "..data/file"), "");
  await recipe.copy("..data/file");
  expect(await readdir(join(recipe.bundle, "..data"))).toEqual(["file"]);
});

test("sockets and fifos in a folder are left out", async () => {
  await using recipe = await openRecipe();
  await promisify(execFile)("mkfifo", [join(recipe.home, "site/fifo")]);
  const server = createServer().listen(join(recipe.home, "site/socket"));
  try {
    await recipe.copy("site");
    expect(await readdir(join(recipe.bundle, "site"))).toEqual(["pages"]);
  } finally {
    server.close();
  }
});
