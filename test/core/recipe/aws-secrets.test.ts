import { expect, test } from "vitest";
import { secretProblems } from "../../../core/recipe/aws-secrets.ts";
import { problemLine } from "../../../core/recipe/invalid-recipe.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { resolveRecipe } from "../../../core/recipe/resolve.ts";
import { recipe } from "./sample.ts";

const told = (...declared: string[]): string[] => {
  const text = recipe("parameters:", ...declared.map((line) => `  ${line}`));
  const parsed = parseRecipe(text, "web.yaml");
  const resolved = resolveRecipe(parsed, { set: {}, environment: {} });
  return secretProblems(resolved, parsed).map(problemLine);
};

const right =
  "which a bake in an AWS account has not; write from: {parameter: /path} for a SecureString of Systems Manager, or from: {secret: name} for one of Secrets Manager";

test("secrets of the environment and of files are told at their places", () => {
  const lines = told(
    "A: { type: secret }",
    "B: { type: secret, from: { environment: TOKEN } }",
    "C: { type: secret, from: { file: key.pem } }",
  );
  expect(lines.map((line) => line.replace(/:\d+:/, ":N:"))).toEqual([
    `web.yaml:N:5: the secret A is in the environment variable OVENBIRD_PARAM_A, ${right}`,
    `web.yaml:N:30: the secret B is in the environment variable TOKEN, ${right}`,
    `web.yaml:N:30: the secret C is in the file key.pem, ${right}`,
  ]);
});

test("secrets of an AWS account are as they should be", () => {
  const lines = told(
    "A: { type: secret, from: { parameter: /ovenbird/dev/secrets/a } }",
    "B: { type: secret, from: { secret: ovenbird/dev/b } }",
  );
  expect(lines).toEqual([]);
});
