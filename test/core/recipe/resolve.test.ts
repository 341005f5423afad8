import { describe, expect, test } from "vitest";
import { bundleFiles } from "../../../core/recipe/bundle.ts";
import { recipeHash } from "../../../core/recipe/hash.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { everything, recipe, resolve } from "./sample.ts";

const digest = `sha256:${"0a".repeat(32)}`;

test("the least recipe gets its defaults", () => {
  expect(resolve(recipe())).toEqual({
    name: "web",
    description: "",
    origin: {
      ...{ kind: "scratch", distribution: "debian", suite: "trixie", packages: [] },
      fileSystem: "ext4",
    },
    parameters: {},
    secrets: [],
    assets: [],
    steps: [],
    hygiene: { keep: [] },
    tests: [],
    tags: {},
  });
});

test("a suite is the distribution's own when none is named", () => {
  const text = recipe().replace("scratch", "{ scratch: { distribution: ubuntu } }");
  expect(resolve(text).origin).toMatchObject({ kind: "scratch", suite: "noble" });
});

test.each([
  ["{ recipe: debian-base }", { kind: "recipe", recipe: "debian-base" }],
  ["{ image: img-0123456789abcdef0 }", { kind: "image", imageId: "img-0123456789abcdef0" }],
  ["{ file: ../disk.qcow2 }", { kind: "file", file: "../disk.qcow2" }],
  ["{ file: '/srv/a b.raw', digest: 'sha256:@' }", { kind: "file", file: "/srv/a b.raw", digest }],
])("an origin %s arrives", (origin, expected) => {
  const text = recipe().replace("scratch", origin.replace("sha256:@", digest));
  expect(resolve(text).origin).toEqual(expected);
});

test("every key of a recipe arrives", () => {
  expect(resolve(everything)).toMatchSnapshot();
});

test("one step may stand without a list", () => {
  expect(resolve(recipe("configure: { packages: [nginx] }")).steps).toHaveLength(1);
});

const names = (...steps: string[]) =>
  resolve(recipe("configure:", ...steps.map((step) => `  - ${step}`))).steps.map(
    ({ name }) => name,
  );

describe("a step without a name", () => {
  test("is called by what it does", () => {
    expect(
      names(
        "{ packages: [a, b, c, d] }",
        "{ shell: ls }",
        "{ shell: { script: go } }",
        "{ packages: { upgrade: true } }",
      ),
    ).toEqual(["packages: a, b, c, …", "shell 2", "shell: go", "packages 4"]);
  });

  test("is told apart from its like", () => {
    expect(
      names("{ packages: [a] }", "{ packages: [a] }", "{ name: 'packages: a', shell: ls }"),
    ).toEqual(["packages: a", "packages: a (2)", "packages: a (3)"]);
  });
});

test.each([
  ["90", 90],
  ["90s", 90],
  ["10m", 600],
  ["12h", 43_200],
])("a timeout of %s is %i seconds", (timeout, seconds) => {
  expect(resolve(recipe(`configure: { shell: ls, timeout: ${timeout} }`)).steps[0]?.timeout).toBe(
    seconds,
  );
});

describe("a recipe's hash", () => {
  test("is the same for the same recipe, however it is written", () => {
    const other = JSON.stringify({ image: { origin: { scratch: {} }, name: "web", tags: {} } });
    expect(recipeHash(resolve(other))).toBe(recipeHash(resolve(recipe())));
    expect(recipeHash(resolve(recipe()))).toMatch(/^[0-9a-f]{16}$/);
  });

  test("is another for another parameter or another file", () => {
    const text = recipe("parameters: { A: { default: a } }");
    const hashes = [
      recipeHash(resolve(text)),
      recipeHash(resolve(text, { A: "b" })),
      recipeHash(resolve(text), { "files/a": "d1" }),
      recipeHash(resolve(text), { "files/a": "d2" }),
    ];
    expect(new Set(hashes).size).toBe(4);
  });
});

test("the files a recipe names are known with their places, but not those of skipped steps", () => {
  const parsed = parseRecipe(everything, "web.yaml");
  expect(bundleFiles(parsed, resolve(everything))).toEqual([
    { path: "files/site", template: false, line: 25, column: 21 },
    { path: "scripts/setup", template: false, line: 39, column: 24 },
    { path: "files/app.conf", template: true, line: 42, column: 42 },
  ]);
  const skipped = recipe(
    "parameters: { A: { default: a } }",
    "configure: { shell: { script: x }, when: { A: b } }",
  );
  expect(bundleFiles(parseRecipe(skipped, "web.yaml"), resolve(skipped))).toEqual([]);
});
