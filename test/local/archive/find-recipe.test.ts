import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findRecipe } from "../../../local/archive/find-recipe.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const recipe = "# yaml-language-server: x\nimage:\n  name: web\n";

const openFolder = async (files: Record<string, string>) => {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
};

test.each<[string, string, Record<string, string>]>([
  ["recipe.yaml, whatever else there is", "recipe.yaml", { "recipe.yaml": "", "web.yaml": recipe }],
  [
    "the only one with an image",
    "web.yml",
    { "web.yml": recipe, "values.yaml": "a: 1", "site/a.yaml": recipe },
  ],
  [
    "one in JSON",
    "web.json",
    { "web.json": '{ "$schema": "x", "image": {} }', "package.json": '{"name":"x"}' },
  ],
  [
    "one whose YAML is broken, so that its reader says where",
    "web.yaml",
    { "web.yaml": "image:\n\t- [" },
  ],
  [
    "one in the one folder that there is",
    "web-1.2/web.yaml",
    { "web-1.2/web.yaml": recipe, "web-1.2/a": "" },
  ],
  [
    "one beside what macOS adds",
    "web/recipe.yaml",
    { "web/recipe.yaml": recipe, "__MACOSX/x": "", ".DS_Store": "", "._web": "" },
  ],
])("a bundle's recipe is %s", async (_, path, files) => {
  await using folder = await openFolder(files);
  expect(await findRecipe(folder.path)).toBe(join(folder.path, path));
});

test.each<[string, RegExp, Record<string, string>]>([
  [
    "nothing",
    /^the bundle has no recipe: it is empty; a bundle has one recipe\.yaml at its top/,
    {},
  ],
  [
    "no recipe",
    /no recipe: there is README, values\.yaml; a bundle has/,
    { README: "", "values.yaml": "images: 1" },
  ],
  [
    "two recipes",
    /has 2 recipes, a\.yaml, b\.json: a bundle has one/,
    { "a.yaml": recipe, "b.json": '{"image":{}}' },
  ],
  ["a folder without one", /no recipe: there is web\/README/, { "web/README": "" }],
  ["a recipe two folders down", /no recipe: there is a\/b/, { "a/b/recipe.yaml": recipe }],
  ["two folders", /no recipe: there is a, b/, { "a/recipe.yaml": recipe, "b/x": "" }],
  [
    "many files",
    /f0, f1, .*f5 and 2 more;/,
    Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${n + 10 * Number(n > 7)}`, ""])),
  ],
])(
  "a bundle with %s is refused with what is there and what would be right",
  async (_, message, files) => {
    await using folder = await openFolder(files);
    await expect(findRecipe(folder.path)).rejects.toMatchObject({
      name: "UnusableArchive",
      message: expect.stringMatching(message),
    });
  },
);

test("a link is no recipe", async () => {
  await using folder = await openFolder({});
  await symlink("/etc/passwd", join(folder.path, "recipe.yaml"));
  await expect(findRecipe(folder.path)).rejects.toThrow(/no recipe: there is recipe\.yaml/);
});
