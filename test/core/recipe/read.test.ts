import { describe, expect, test } from "vitest";
import { InvalidRecipe } from "../../../core/recipe/invalid-recipe.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { everything, problemsOf, recipe, resolve, toldOf } from "./sample.ts";

describe("a recipe's text", () => {
  test("is YAML", () => {
    expect(parseRecipe(everything, "web.yaml")).toMatchObject({
      source: "web.yaml",
      name: "web-server",
    });
  });

  test("may be JSON, also when tabs indent it", () => {
    const json = JSON.stringify(
      { image: { name: "web", origin: "scratch", tags: { A: "a\tb" } } },
      null,
      "\t",
    );
    expect(resolve(json).tags).toEqual({ A: "a\tb" });
    expect(toldOf(json.replace('"scratch"', "5"))).toMatch(/^web.yaml:4:13: origin cannot be 5; /);
  });

  test("may have Windows line ends and a byte order mark", () => {
    expect(resolve(`\uFEFF${recipe("tests: [a]").replaceAll("\n", "\r\n")}`).tests).toHaveLength(1);
    expect(toldOf(recipe("tests: [5]").replaceAll("\n", "\r\n"))).toMatch(/^web.yaml:4:11: /);
  });

  test("may repeat a part by an alias", () => {
    const text = recipe(
      "configure:",
      "  - packages: &list [nginx]",
      "  - packages: { remove: *list }",
    );
    expect(resolve(text).steps[1]).toMatchObject({ remove: ["nginx"] });
  });
});

const cases: [title: string, text: string, line: string][] = [
  [
    "a YAML syntax error",
    "image: {name: web\n",
    "web.yaml:2:1: YAML: Flow map in block collection must be sufficiently indented and end with a }; indent it like its neighbours, with spaces",
  ],
  [
    "a quote that is not closed",
    'image:\n  name: "web\n',
    'web.yaml:3:1: YAML: Missing closing "quote; close every bracket, brace and quote; quote text that has ": " or ends in ":"',
  ],
  [
    "a tag",
    "image: !vault x\n",
    "web.yaml:1:8: YAML: Unresolved tag: !vault; leave the tag out; a recipe has none",
  ],
  [
    "a tab as indentation",
    "image:\n\tname: web\n",
    "web.yaml:2:1: YAML: Tabs are not allowed as indentation; indent with spaces",
  ],
  ["an empty file", "", "web.yaml:1:1: the file is empty; a recipe begins with image:"],
  [
    "a file of comments",
    "# nothing\n",
    "web.yaml:1:1: the file is empty; a recipe begins with image:",
  ],
  [
    "a list at the top",
    "- image\n",
    "web.yaml:1:1: the recipe is a list; write a map with the key image",
  ],
  [
    "a text at the top",
    "image\n",
    'web.yaml:1:1: the recipe is "image", text; write a map with the key image',
  ],
  [
    "a second document",
    `${recipe()}---\nimage: {}\n`,
    "web.yaml:4:1: a second document begins here; a recipe is one document: give each image a file of its own",
  ],
  [
    "a key given twice",
    recipe("tags: {}", "name: shop"),
    'web.yaml:5:3: the key "name" is given twice; keep one of them; the first is on line 2',
  ],
  [
    "an alias without an anchor",
    recipe("tags: *all"),
    "web.yaml:4:9: no anchor all comes before this alias; put &all before what it stands for, or quote it",
  ],
  [
    "an alias that holds itself",
    recipe("configure: &all [*all]"),
    "web.yaml:4:20: this is nested more than 64 levels deep; a recipe needs eight levels at most",
  ],
  [
    "a key that is a list",
    recipe("? [a]", ": b"),
    "web.yaml:4:5: this cannot be a key; a key is a word of plain text",
  ],
  [
    "a key named __proto__",
    recipe("__proto__: {}"),
    "web.yaml:4:3: this cannot be a key; a key is a word of plain text",
  ],
  [
    "binary input",
    "image:\0\u0001",
    "web.yaml:1:1: this is not a text file; a recipe is YAML or JSON in UTF-8",
  ],
  [
    "a NUL written as an escape",
    recipe('description: "a\\0b"'),
    "web.yaml:4:16: this text holds a NUL character; leave the \\0 out",
  ],
];

describe("is told with its place and what would be right:", () => {
  test.each(cases)("%s", (_title, text, line) => expect(toldOf(text)).toBe(line));
});

// Generous, for a machine that does other things as well; most take milliseconds.
const LONGEST_MS = 60_000;

const refusal = (text: string) => {
  const start = performance.now();
  const line = toldOf(text);
  expect(performance.now() - start).toBeLessThan(LONGEST_MS);
  return line;
};

describe("input made to do harm is refused at once:", { timeout: 2 * LONGEST_MS }, () => {
  test("aliases of aliases of aliases", () => {
    const names = Array.from("abcdefghij");
    const lines = names.map((name, index) => {
      const items = index === 0 ? "x" : `*${names[index - 1]}`;
      return `${name}: &${name} [${Array(9).fill(items).join(",")}]`;
    });
    expect(refusal(lines.join("\n"))).toMatch(
      /^web.yaml:\d+:\d+: the aliases repeat more than 1048576 characters \(1 MiB\); write out what is repeated, or repeat less$/,
    );
  });

  test("a text of more than 1 MiB", () => {
    expect(refusal(`# ${"é".repeat(2 ** 19)}`)).toBe(
      "web.yaml:1:1: the file is 1048578 bytes long; a recipe is at most 1048576 bytes (1 MiB): name large files by source",
    );
  });

  test.each(["[", "{a: ", "- ", "? ", "a:\n "])("nesting by a million bytes of %j", (opening) => {
    const deep = opening.repeat(Math.floor(1e6 / opening.length));
    expect(refusal(deep)).toMatch(/^web.yaml:\d+:\d+: /);
    expect(refusal(`image: ${"[".repeat(1e5)}`)).toBe(
      "web.yaml:1:73: this is nested more than 64 levels deep; a recipe needs eight levels at most",
    );
  });

  test("parameters that make much of little", () => {
    const content = "${A}".repeat(10_000);
    const text = recipe(
      `parameters: { A: { default: "${"x".repeat(10_000)}" } }`,
      `configure: { files: [{ path: /a, content: "${content}" }] }`,
    );
    expect(refusal(text)).toBe(
      "web.yaml:1:1: filled in, the recipe is longer than 1048576 characters (1 MiB); put long texts in files that the recipe names by source",
    );
  });

  test("very many problems", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`);
    const text = refusal(recipe(...keys));
    expect(text.split("\n")).toHaveLength(21);
    expect(text).toMatch(/\nand 19980 more$/);
  });
});

test("an invalid recipe is an error with that name, and problems to show otherwise", () => {
  expect(problemsOf("image: { nam: web, origin: scratch, tests: 5 }")).toMatchObject([
    { source: "web.yaml", line: 1, column: 1, message: "name is missing" },
    { line: 1, column: 10, message: 'unknown key "nam"', hint: 'did you mean "name"?' },
    { line: 1, column: 44, message: "tests is 5, a number" },
  ]);
  expect(() => resolve("")).toThrow(InvalidRecipe);
  expect(new InvalidRecipe([])).toHaveProperty("name", "InvalidRecipe");
});
