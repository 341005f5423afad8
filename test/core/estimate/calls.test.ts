import { describe, expect, test } from "vitest";
import { callsOf, type Called } from "../../../core/estimate/calls.ts";
import { BakeId } from "../../../core/ids.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { resolveRecipe } from "../../../core/recipe/resolve.ts";
import { permissions, taskFunctions } from "../../../stacks/permissions.ts";
import { openAwsBakery, stockRecipe } from "../../support/aws-double/bakery.ts";
import { tasks } from "../../support/machine.ts";
import { pretendPlaces } from "../../support/pretend-stage.ts";

const recipeOf = (text: string) =>
  resolveRecipe(parseRecipe(text, "web.yaml"), { set: {}, environment: {} });

const everything = `
image:
  name: web
  origin: { parameter: /aws/service/x }
  parameters: { TOKEN: { type: secret, from: { parameter: /ovenbird/dev/secrets/t } } }
  configure: [{ shell: "true" }]
  tests: ["true"]
  aws:
    ports: [5432]
    deprecate_after: 90d
    deregistration_protection: true
    launch_permissions: { users: ["123456789012"] }
`;

const plainCall: Called = { recipe: recipeOf(stockRecipe), copy: "needed" };
const fullCall: Called = { ...plainCall, recipe: recipeOf(everything) };

test("every task of a bake that succeeds has calls, in the order of the state machine", () => {
  const names = tasks.map(({ name }) => name).filter((name) => name !== "KeepBuilder");
  expect(callsOf(plainCall).map(({ state }) => state)).toEqual(names);
});

/** Actions of IAM whose names are not those of the calls. */
const actions: Record<string, string[]> = {
  "s3:HeadObject": ["s3:GetObject"],
  "s3:CopyObject": ["s3:GetObject", "s3:PutObject"],
};

describe.each(taskFunctions.filter((name) => name !== "KeepBuilder"))("%s", (name) => {
  const allowed = new Set(permissions(pretendPlaces)[name].flatMap((one) => one.actions));
  // an origin that is an image of ours has calls of its own
  const calls = [fullCall, { ...fullCall, copy: "none" as const }]
    .flatMap(callsOf)
    .flatMap((one) => (one.state === name ? one.calls : []));

  test("may make its calls", () => {
    const needed = calls.flatMap((call) => actions[call] ?? [call]);
    expect(needed.filter((action) => !allowed.has(action))).toEqual([]);
  });

  test("may do nothing that is no call of its, but what goes with one or mends a failure", () => {
    const needed = new Set(calls.flatMap((call) => actions[call] ?? [call]));
    const beside = /^(?:kms|iam):|:CreateTags$|^s3:(?:ListBucket|GetObjectVersion)$|:AddTagsTo/;
    const others = [...allowed].filter((action) => !needed.has(action) && !beside.test(action));
    expect(others.filter((action) => !(mending[name] ?? []).includes(action))).toEqual([]);
  });
});

/** What is called only when something went wrong, or was left by somebody else. */
const mending: Partial<Record<string, string[]>> = {
  ProvisionBuilder: ["ec2:TerminateInstances"],
  RunAgent: ["ec2:DescribeInstances", "logs:GetLogEvents", "secretsmanager:GetSecretValue"],
  CreateSnapshot: ["ec2:DescribeSnapshots", "ec2:DeleteSnapshot"],
  AwaitSnapshot: ["s3:GetObject", "s3:PutObject"], // where many wait, looks are shared
  // where more than one builder was begun, or its calls died before they had noted it
  ReleaseBuilder: [
    ...["ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeSecurityGroups"],
    ...["ec2:ModifyInstanceAttribute", "ec2:DeleteVolume", "ec2:DeleteSecurityGroup"],
  ],
  CheckProvenance: ["s3:DeleteObject"], // of a scan, where there can be none the second time
  TestImage: ["ec2:GetConsoleOutput"], // when no agent answers in it
  ReleaseBake: [
    ...["ec2:ModifyInstanceAttribute", "ec2:TerminateInstances", "ec2:DeleteVolume"],
    ...["ec2:DeleteSecurityGroup", "ec2:DeregisterImage", "ssm:ListCommands", "s3:PutObject"],
    "ssm:CancelCommand",
  ],
};

test("a whole bake makes these calls and no others", async () => {
  const bakery = openAwsBakery();
  await bakery.run(() => bakery.bake(BakeId.parse("web-0123456789abcdef-1")));
  const made = [...new Set(bakery.aws.calls.map(({ name }) => name))].toSorted();
  const planned = callsOf(plainCall).flatMap(({ calls }) =>
    // Inspector is asked by a request of our own, and by no client of the double's
    calls.filter((call) => !call.startsWith("inspector-scan:")).map((call) => call.split(":")[1]),
  );
  expect(made.filter((name) => !planned.includes(name))).toEqual([]);
  expect([...new Set(planned)].filter((name) => !made.includes(name ?? ""))).toEqual([]);
});
