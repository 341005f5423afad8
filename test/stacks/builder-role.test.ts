import { readFileSync } from "node:fs";
import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../pack/bundle.ts";
import { actionsOf, callsIn, inputsOf } from "../support/sdk-calls.ts";
import { resources, synthesize } from "../support/stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Statement {
  Action: string | string[];
  Resource: unknown;
}

/** Actions of everything that our own programs on a builder call. */
let called: string[];
let template: Template;
beforeAll(async () => {
  await using folder = await temporaryFolder();
  ({ template } = synthesize(folder.path, "network: endpoints"));
  const made = await bundle({
    ...{ entryPoints: ["agent/builder/main.ts"], outdir: folder.path, write: false },
    mainFields: ["module", "main"], // else all commands that there are would be in it
  });
  const calls = callsIn(inputsOf(made.outputs, (path) => path.endsWith("agent/builder/main.js")));
  const bootstrap = readFileSync("aws/bootstrap.sh", "utf8").includes("aws s3api get-object");
  called = [
    ...new Set([...calls, ...(bootstrap ? ["s3:GetObject"] : [])].flatMap(actionsOf)),
  ].toSorted();
});

/** What a policy allows about some actions. */
const allowed = (statements: readonly Statement[], service: string) =>
  statements
    .map(({ Action, Resource }) => ({ actions: [Action].flat(), where: JSON.stringify(Resource) }))
    .flatMap(({ actions, where }) => actions.map((action) => ({ action, where })))
    .filter(({ action }) => action.startsWith(`${service}:`));

const names = (found: readonly { action: string }[]) => found.map(({ action }) => action);

describe("a builder's role", () => {
  let statements: Statement[];
  let managed: unknown;
  beforeAll(() => {
    const roles = Object.entries(resources(template, "AWS::IAM::Role"));
    const [, role] = roles.find(([id]) => /FoundationBuilderRole/.test(id)) ?? ["", {}];
    const [{ PolicyDocument }] = role["Policies"] as [
      { PolicyDocument: { Statement: Statement[] } },
    ];
    statements = PolicyDocument.Statement;
    managed = role["ManagedPolicyArns"];
  });

  test("lets it be reached by SSM and do what our programs on it call, and nothing else", () => {
    expect(managed).toBeUndefined();
    expect(called).toContain("s3:DeleteObject");
    const theSsmAgents = [
      "ssm:UpdateInstanceInformation",
      ...["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel"],
      ...["ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"],
    ];
    const forEncryptedObjects = ["kms:Decrypt", "kms:GenerateDataKey"];
    expect(statements.flatMap(({ Action }) => Action).toSorted()).toEqual(
      [...called, ...theSsmAgents, ...forEncryptedObjects].toSorted(),
    );
  });

  test("reaches no object but those of its own folder", () => {
    const objects = allowed(statements, "s3");
    expect(names(objects).toSorted()).toEqual(called.filter((one) => one.startsWith("s3:")));
    for (const { where } of objects) expect(where).toMatch(/\/builders\/\$\{aws:userid\}\/\*"/);
  });
});

test("the only way to S3 lets builders do in their own folder what they call, and delete nowhere else", () => {
  const gateways = Object.values(resources(template, "AWS::EC2::VPCEndpoint"));
  const gateway = gateways.find((one) => one["VpcEndpointType"] === "Gateway");
  const policy = gateway?.["PolicyDocument"] as { Statement: Statement[] } | undefined;
  const through = allowed(policy?.Statement ?? [], "s3");
  const inFolder = through.filter(({ where }) => where.includes("builders/${aws:userid}/*"));
  expect(names(inFolder).toSorted()).toEqual(called.filter((one) => one.startsWith("s3:")));
  const deletes = through.filter(({ action }) => action === "s3:DeleteObject");
  expect(deletes).toEqual(inFolder.filter(({ action }) => action === "s3:DeleteObject"));
});
