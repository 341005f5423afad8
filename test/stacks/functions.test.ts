import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildFunctions } from "../../pack/functions.ts";
import { type FunctionName, functionNames, permissions } from "../../stacks/permissions.ts";
import { kebab } from "../support/machine.ts";
import { pretendPlaces, pretendStage } from "../support/pretend-stage.ts";
import {
  actionsOf,
  callsIn as callsInFile,
  inputsOf as inputsOfFiles,
} from "../support/sdk-calls.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let built: Metafile["outputs"];
beforeAll(async () => {
  folder = await temporaryFolder();
  built = await buildFunctions(folder.path);
});
afterAll(() => folder[Symbol.asyncDispose]());

test("every function that is deployed is built, and no other", () => {
  expect(readdirSync(folder.path).toSorted()).toEqual(functionNames.map(kebab).toSorted());
});

test("every built function is imported with what it imports late, and has a handler", () => {
  const folders = functionNames.map((name) => join(folder.path, kebab(name)));
  const late = folders.flatMap((path) => readdirSync(path).map((name) => join(path, name)));
  const script = `for (const path of ${JSON.stringify(late)}) await import(path);
    for (const path of ${JSON.stringify(folders)})
      console.log(typeof (await import(path + "/index.mjs")).handler);`;
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { AWS_REGION: "eu-west-1", OVENBIRD_STAGE: JSON.stringify(pretendStage) },
  });
  expect(told.trim().split("\n")).toEqual(functionNames.map(() => "function"));
});

test("what reads YAML is in no function that reads none: it takes a tenth of an import", () => {
  const readers = functionNames.filter((name) =>
    inputsOf(name).some(([file]) => /(?:^|\/)node_modules\/yaml\//.test(file)),
  );
  expect(readers.toSorted()).toEqual([
    ...["CheckProvenance", "PublishImage", "ReadRecipe", "ResolveOrigin", "StartBake"],
  ]);
});

/** What is allowed to those who make a call, beside the call. */
const implied: Record<string, string[]> = {
  "ec2:RunInstances": ["ec2:CreateTags", "iam:PassRole", "iam:CreateServiceLinkedRole"],
  ...Object.fromEntries(
    ["CreateVolume", "CreateSnapshot", "CopyImage", "RegisterImage", "CreateSecurityGroup"].map(
      (call) => [`ec2:${call}`, ["ec2:CreateTags"]],
    ),
  ),
  "ssm:PutParameter": ["ssm:AddTagsToResource"],
  "ssm:GetParameter": ["secretsmanager:GetSecretValue"],
  "s3:GetObject": ["s3:GetObjectVersion", "s3:ListBucket"],
  "s3:HeadObject": ["s3:ListBucket"],
};

/** What a built function was made of, with what it imports only when it needs it. */
const inputsOf = (name: FunctionName) =>
  inputsOfFiles(built, (path) => path.startsWith(`${kebab(name)}/`));

/** `service:Call` of every command that is in a built function. */
const callsIn = (name: FunctionName): string[] => callsInFile(inputsOf(name));

describe("permissions", () => {
  const table = permissions(pretendPlaces);
  const granted = (name: FunctionName) => [
    ...new Set(table[name].flatMap(({ actions }) => actions)),
  ];

  test("are of calls that the function has in it", () => {
    const stale = functionNames.flatMap((name) => {
      const calls = callsIn(name);
      const possible = new Set([
        ...calls.flatMap(actionsOf),
        ...calls.flatMap((call) => implied[call] ?? []),
      ]);
      return granted(name)
        .filter((action) => !action.startsWith("kms:") && !possible.has(action))
        .map((action) => `${name}: ${action}`);
    });
    expect(stale).toEqual([]);
  });

  test("are given for every call of an adapter, to a function that has it in it", () => {
    const called = [...new Set(functionNames.flatMap(callsIn))];
    const missing = called.filter(
      (call) =>
        !functionNames.some(
          (name) =>
            callsIn(name).includes(call) &&
            actionsOf(call).every((action) => granted(name).includes(action)),
        ),
    );
    expect(missing).toEqual([]);
  });
});
