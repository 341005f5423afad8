import { describe, expect, test } from "vitest";
import { noWishes } from "../../../core/builder-wishes.ts";
import { noAttributes } from "../../../core/image-attributes.ts";
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
    builder: noWishes,
    attributes: noAttributes,
  });
});

test("a suite is the distribution's own when none is named", () => {
  const text = recipe().replace("scratch", "{ scratch: { distribution: ubuntu } }");
  expect(resolve(text).origin).toMatchObject({ kind: "scratch", suite: "noble" });
});

test.each([
  ["{ recipe: debian-base }", { kind: "recipe", recipe: "debian-base" }],
  ["{ image: img-0123456789abcdef0 }", { kind: "image", imageId: "img-0123456789abcdef0" }],
  ["ami-0123456789abcdef0", { kind: "image", imageId: "ami-0123456789abcdef0" }],
  ["{ image: ami-760aaa0f }", { kind: "image", imageId: "ami-760aaa0f" }],
  ["{ parameter: /aws/service/x/13 }", { kind: "parameter", parameter: "/aws/service/x/13" }],
  [
    "{ filter: { owners: amazon, name: 'al2023-*', architecture: [x86_64, arm64], ena-support: true } }",
    {
      ...{ kind: "filter", owners: ["amazon"] },
      filters: { name: ["al2023-*"], architecture: ["x86_64", "arm64"], "ena-support": ["true"] },
    },
  ],
  [
    "{ filter: { owners: [self, '099720109477'], 'tag:Team': web } }",
    { kind: "filter", owners: ["self", "099720109477"], filters: { "tag:Team": ["web"] } },
  ],
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

  test("is what it was before recipes had keys for AWS, and another with one", () => {
    expect(recipeHash(resolve(recipe()))).toBe("c130769ee5ea3b63");
    expect(recipeHash(resolve(recipe("aws: {}", "subnet: subnet-0a1b2c3d")))).not.toBe(
      "c130769ee5ea3b63",
    );
    expect(recipeHash(resolve(recipe("aws: {}")))).toBe("c130769ee5ea3b63");
    expect(recipeHash(resolve(recipe("aws: { imds_support: v2.0 }")))).not.toBe("c130769ee5ea3b63");
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
