import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { recipeJsonSchema } from "../../../core/recipe/json-schema.ts";
import { valueAt } from "../../../core/recipe/tree.ts";
import { everything, recipe, resolve } from "./sample.ts";

const docs = join(import.meta.dirname, "../../../docs");
const check = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(recipeJsonSchema());

test("docs/recipe.schema.json is current; `vitest -u` writes it", async () => {
  const text = `${JSON.stringify(recipeJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(join(docs, "recipe.schema.json"));
});

describe("the JSON Schema agrees with the recipe reader that", () => {
  test.each([
    ["everything", everything],
    ["the least", recipe()],
  ])("%s is right", (_title, text) => {
    check(parse(text));
    expect(check.errors).toBeNull();
  });

  test.each([
    "nmae: web",
    "root_volume_size: 0",
    "file_system: fat",
    "tags: { 'aws:a': b }",
    "configure: {}",
    "configure: { shell: ls, packages: [a] }",
    "configure: [{ packages: [-y] }]",
    "configure: { files: [{ path: a, content: b }] }",
    "configure: { files: [{ path: /a, content: b, mode: 0644 }] }",
    "configure: { files: [{ path: /a, source: ../b }] }",
    "configure: { ansible: { playbook: playbook.yaml } }",
    "configure: { ansible: { playbook: a/b.yaml, groups: [all] } }",
    "configure: { ansible: { playbook: a/b.yaml, tags: [-a] } }",
    "configure: { tool: ansible, code_repo: a }",
    "configure: { tool: puppet, code_repo: a, server_role: b }",
    "configure: { shell: ls, server_role: b }",
    "parameters: { A: { type: int } }",
    "subnet: default",
    "aws: { spott: true }",
    "aws: { tpm_support: v1.2 }",
    "aws: { block_devices: [{ device_name: sdf, size: 1 }] }",
    "aws: { launch_permissions: { public: true } }",
    "aws: { launch_permissions: { users: [1] } }",
    "parameters: { A-B: {} }",
  ])("%s is wrong", (line) => {
    expect(() => resolve(recipe(line))).toThrow(/^web.yaml:/);
    expect(check(parse(recipe(line)))).toBe(false);
  });
});

test.each([
  ["ami-0a1b2c3d", true],
  ["{ parameter: /aws/service/x }", true],
  ["{ filter: { owners: ['${OWNER}'], name: 'a*' } }", true],
  ["{ filter: { owners: self, 'tag:Team': [a, b] } }", true],
  ["{ filter: { name: 'a*' } }", false],
  ["{ filter: { owners: self } }", false],
  ["{ filter: { owners: anybody, name: 'a*' } }", false],
])("the JSON Schema says of an origin %s whether it is right", (origin, isRight) => {
  expect(check(parse(recipe().replace("scratch", origin)))).toBe(isRight);
});

test("every key of an image is described, for editors to show", () => {
  const image = valueAt(recipeJsonSchema(), ["properties", "image", "properties"]);
  const bare = Object.entries(image ?? {}).filter(([, key]) => !valueAt(key, ["description"]));
  expect(image).toHaveProperty("name");
  expect(bare).toEqual([]);
});

test("the examples of docs/recipe.md are recipes", async () => {
  const text = await readFile(join(docs, "recipe.md"), "utf8");
  const examples = Array.from(
    text.matchAll(/^```yaml\n((?:#.*\n)?image:\n[^]*?)^```$/gm),
    ([, example]) => example ?? "",
  );
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) {
    expect(resolve(example, {}, { OVENBIRD_PARAM_APP_VERSION: "1.0" }).name).not.toBe("");
    check(parse(example));
    expect(check.errors).toBeNull();
  }
});
