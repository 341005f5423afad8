import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { App, Aspects, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { Bakery } from "../../stacks/bakery.ts";
import type { Built } from "../../stacks/built.ts";
import { parseParameters } from "../../stacks/parameters.ts";
import { functionNames } from "../../stacks/permissions.ts";
import { kebab } from "./machine.ts";

export interface Synthesized {
  stack: Stack;
  template: Template;
  /** Where the template's file is. */
  file: string;
}

/** A stage's stack without SST, in a folder that goes with the test; `text` as a stage's file. */
export const synthesize = (folder: string, text = ""): Synthesized => {
  const app = new App({ outdir: join(folder, "out") });
  const stack = new Stack(app, "Ovenbird");
  const settings = { name: "dev", parameters: parseParameters(text, "deploy/stages/dev.yaml") };
  new Bakery(stack, "Bakery", settings, pretendBuilt(folder));
  Aspects.of(stack).add(new AwsSolutionsChecks());
  const template = Template.fromStack(stack);
  return { stack, template, file: join(folder, "out", "Ovenbird.template.json") };
};

/** Files in the places of what `npm run build:aws` makes. */
export const pretendBuilt = (folder: string): Built => {
  const functions = join(folder, "functions");
  for (const name of functionNames) {
    mkdirSync(join(functions, kebab(name)), { recursive: true });
    writeFileSync(join(functions, kebab(name), "index.mjs"), `// ${name}`);
  }
  const agentPackages = { x86_64: join(folder, "x86_64.tgz"), arm64: join(folder, "arm64.tgz") };
  for (const path of Object.values(agentPackages)) writeFileSync(path, path);
  return { functions, agentPackages };
};

/** The end of a test's title when cfn-lint is missing, which it never is in a CI run. */
export const noCfnLint = ((): string => {
  try {
    execFileSync("cfn-lint", ["--version"], { stdio: "ignore" });
    return "";
  } catch (error) {
    if (process.env["CI"] === "true")
      throw new Error("cfn-lint is missing: pip install cfn-lint", { cause: error });
    process.stderr.write("cfn-lint is missing: templates are not checked by it\n");
    return " (skipped: cfn-lint is missing)";
  }
})();

/** What cfn-lint says of a template; nothing when it is clean. */
export const cfnLint = async (file: string): Promise<string> => {
  // W3005 is of CDK's own making: it says twice that a function is made after its role
  const args = ["-i", "W3005", "--format", "parseable", "-t", file];
  const lint = promisify(execFile)("cfn-lint", args, { maxBuffer: 64 * 1024 ** 2 });
  const { stdout } = await lint.catch((error: { stdout: string }) => error);
  return stdout
    .split("\n")
    .filter((line) => !isNewAction(line))
    .join("\n")
    .trim();
};

/** Actions of IAM that cfn-lint's list does not have yet. */
const newActions = ["attachimagewatermark"];

const isNewAction = (line: string): boolean =>
  newActions.some((action) => line.includes(`:W3037:'${action}' is not one of`));

type Json = Record<string, unknown>;

/** The resources of a type, their properties by their logical ids. */
export const resources = (template: Template, type: string): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(template.findResources(type)).map(([id, { Properties }]) => [
      id,
      (Properties ?? {}) as Json,
    ]),
  );
