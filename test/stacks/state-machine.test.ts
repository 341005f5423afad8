import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, expect, test } from "vitest";
import { longestBake } from "../../stacks/state-machine.ts";
import { eventFunctions, taskFunctions } from "../../stacks/permissions.ts";
import { definition, kebab, tasks } from "../support/machine.ts";
import { resources, synthesize } from "../support/stack.ts";
import { sourcesIn } from "../support/sources.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

type Json = Record<string, unknown>;

/** The definition as CloudFormation would put it together, with each ARN as its function's id. */
const resolved = (template: Template): Json => {
  const [machine = {}] = Object.values(resources(template, "AWS::StepFunctions::StateMachine"));
  const { "Fn::Join": parts } = machine["DefinitionString"] as {
    "Fn::Join": [string, unknown[]];
  };
  const text = parts[1].map((part) =>
    typeof part === "string" ? part : (part as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"][0],
  );
  return JSON.parse(text.join("")) as Json;
};

let template: Template;
beforeAll(async () => {
  await using folder = await temporaryFolder();
  ({ template } = synthesize(folder.path, "builder_lifetime: 10"));
});

test("the state machine is the file, with functions for names and an end to all waiting", () => {
  const { TimeoutSeconds, ...machine } = resolved(template);
  expect(TimeoutSeconds).toBe(longestBake(10));
  const named = JSON.stringify(machine).replaceAll(
    /BakeryFunctions(\w+?)[0-9A-F]{8}/g,
    (_, name: string) => `\${${name}}`,
  );
  expect(JSON.parse(named)).toEqual(definition);
});

test("it writes its history and traces, and may call its tasks' functions, and no other", () => {
  template.hasResourceProperties("AWS::StepFunctions::StateMachine", {
    StateMachineName: "ovenbird-dev-bake",
    LoggingConfiguration: { Level: "ALL" },
    TracingConfiguration: { Enabled: true },
  });
  const policies = Object.entries(resources(template, "AWS::IAM::Policy"));
  const [, policy] = policies.find(([id]) => id.startsWith("BakeryBakeRole")) ?? [];
  const called = JSON.stringify(policy).match(/BakeryFunctions\w+?(?=[0-9A-F]{8})/g) ?? [];
  const names = [...new Set(called.map((id) => id.replace("BakeryFunctions", "")))];
  expect(names.toSorted()).toEqual(taskFunctions.toSorted());
});

test("each task has a function, and each function a handler of its name", () => {
  expect(taskFunctions.toSorted()).toEqual(tasks.map(({ name }) => name).toSorted());
  const files = sourcesIn(["handlers"]).map(({ path }) => path);
  expect(files.filter((path) => path.split("/").length === 2)).toEqual(
    [...taskFunctions, ...eventFunctions].map((name) => `handlers/${kebab(name)}.ts`).toSorted(),
  );
});
