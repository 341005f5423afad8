import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, test } from "vitest";
import type { Permission } from "../../stacks/permissions/permission.ts";
import { functionNames, permissions } from "../../stacks/permissions.ts";
import { pretendPlaces as places } from "../support/pretend-stage.ts";
import { noCfnLint, resources, synthesize } from "../support/stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const table = permissions(places);
const rows = functionNames.flatMap((name) =>
  table[name].map((permission) => ({ name, permission })),
);
const told = (wrong: { name: string; permission: Permission }[]) =>
  wrong.map(({ name, permission }) => `${name}: ${JSON.stringify(permission)}`);

describe("what functions may do", () => {
  test("is named action by action", () => {
    const actions = rows.flatMap(({ permission }) => permission.actions);
    for (const action of actions) expect(action).toMatch(/^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$/);
  });

  test("is about all there is only where a reason is given", () => {
    const wide = rows.filter(({ permission }) => permission.resources.includes("*"));
    expect(told(wide.filter(({ permission }) => permission.why === undefined))).toEqual([]);
  });

  test("is about all of a kind in EC2 only by the stage's tag, or where a reason is given", () => {
    const kinds = rows.filter(({ permission }) =>
      permission.resources.some((resource) => /^arn:aws:ec2:.*\/\*$/.test(resource)),
    );
    expect(kinds.length).toBeGreaterThan(30);
    const tagged = /"(?:aws:RequestTag|ec2:ResourceTag|ssm:resourceTag)\/ovenbird:stage":"dev"/;
    const untagged = kinds.filter(
      ({ permission }) =>
        permission.why === undefined && !tagged.test(JSON.stringify(permission.conditions ?? {})),
    );
    expect(told(untagged)).toEqual([]);
  });

  test("gives EC2 the builder's role, and nobody else any role", () => {
    const passing = rows.filter(({ permission }) => permission.actions.includes("iam:PassRole"));
    expect(passing.map(({ name }) => name)).toEqual(["ProvisionBuilder", "TestImage"]);
    for (const { permission } of passing) {
      expect(permission).toEqual({
        actions: ["iam:PassRole"],
        resources: [places.builderRole],
        conditions: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
      });
    }
  });

  test("lets all be made that a call tags", () => {
    const tags = rows.filter(({ permission: { conditions } }) =>
      JSON.stringify(conditions ?? {}).includes("ec2:CreateAction"),
    );
    expect(tags.length).toBeGreaterThan(5);
    const missing = tags.flatMap(({ name, permission }) => {
      const calls = [permission.conditions?.["StringEquals"]?.["ec2:CreateAction"] ?? []].flat();
      const may = new Set(
        table[name]
          .filter(({ actions }) => calls.some((call) => actions.includes(`ec2:${call}`)))
          .flatMap(({ resources }) => resources),
      );
      return permission.resources.filter((one) => !may.has(one)).map((one) => `${name}: ${one}`);
    });
    expect(missing).toEqual([]);
  });

  test("gives tags to new things, or known tags to the stage's own", () => {
    for (const { permission } of rows.filter(({ permission }) =>
      permission.actions.includes("ec2:CreateTags"),
    )) {
      const keys = Object.values(permission.conditions ?? {}).flatMap(Object.keys);
      expect(keys).toContainEqual(expect.stringMatching(/^(?:ec2:CreateAction|aws:TagKeys)$/));
    }
  });

  test("removes no published image", () => {
    for (const { permission } of rows.filter(({ permission }) =>
      permission.actions.includes("ec2:DeregisterImage"),
    )) {
      const tags = permission.conditions?.["StringEquals"] ?? {};
      expect(tags).toMatchObject({ "ec2:ResourceTag/ovenbird:stage": places.stage });
      // or a copy of a stock image, which is no image of a recipe's
      const isOrigin = tags["ec2:ResourceTag/ovenbird:role"] === "origin";
      if (!isOrigin) expect(tags).toMatchObject({ "ec2:ResourceTag/ovenbird:state": "candidate" });
    }
  });

  test("uses the key through a service, and as a grant only for AWS's own resources", () => {
    const keyed = rows.filter(({ permission }) => permission.resources.includes(places.key));
    for (const { permission } of keyed) {
      expect(permission.conditions?.["StringEquals"]).toHaveProperty(["kms:ViaService"]);
      if (permission.actions.includes("kms:CreateGrant"))
        expect(permission.conditions).toHaveProperty(["Bool", "kms:GrantIsForAWSResource"], "true");
    }
  });
});

interface Known {
  Resources?: string[];
}
type Service = {
  Actions: Record<string, Known>;
  Resources: Record<string, { ConditionKeys?: string[] }>;
};

/** AWS's service authorization reference, as cfn-lint has it. */
const reference = (): Record<string, Service> => {
  const where = "import cfnlint, os; print(os.path.dirname(cfnlint.__file__), end='')";
  const lint = readFileSync(which("cfn-lint"), "utf8");
  const python = /^#!(\S*python\S*)/.exec(lint)?.[1] ?? "python3";
  const folder = execFileSync(python, ["-c", where], { encoding: "utf8" });
  const path = `${folder}/data/AdditionalSpecs/Policies.json`;
  return JSON.parse(readFileSync(path, "utf8")) as Record<string, Service>;
};

const which = (command: string): string =>
  execFileSync("sh", ["-c", `readlink -f "$(command -v ${command})"`], { encoding: "utf8" }).trim();

/** Actions that the SDK has and the list has not yet; nobody has seen what IAM narrows them to. */
const newer: Record<string, Known> = { "ec2:AttachImageWatermark": { Resources: ["image"] } };

/**
 * Kinds of resources that EC2's user guide says an action is asked about, and the list does not:
 * docs.aws.amazon.com/AWSEC2/latest/UserGuide/concepts-spot-instances-request-tags.html
 */
const beside: Record<string, string[]> = { "ec2:RunInstances": ["spot-instances-request"] };

describe.skipIf(noCfnLint !== "")(`by AWS's own list of actions${noCfnLint}`, () => {
  const known = noCfnLint === "" ? reference() : {};
  const actionOf = (action: string): Known | undefined => {
    const [service = "", name = ""] = action.split(":");
    return known[service]?.Actions[name.toLowerCase()] ?? newer[action];
  };

  test("every action is there", () => {
    const missing = rows
      .flatMap(({ permission }) => permission.actions)
      .filter((action) => actionOf(action) === undefined);
    expect([...new Set(missing)]).toEqual([]);
  });

  test("what is about everything cannot be narrowed", () => {
    const wide = rows.filter(({ permission }) => permission.resources.includes("*"));
    const narrowable = wide
      .flatMap(({ permission }) => permission.actions)
      .filter((action) => (actionOf(action)?.Resources ?? []).length > 0);
    expect([...new Set(narrowable)]).toEqual([]);
  });

  test("every resource is of a kind that the action knows", () => {
    const wrong = rows.flatMap(({ name, permission }) =>
      permission.actions.flatMap((action) =>
        permission.resources
          .flatMap((resource) => /^arn:aws:ec2:[^:]*:\d*:([a-z-]+)\/\*$/.exec(resource)?.[1] ?? [])
          .filter((kind) => !(beside[action] ?? []).includes(kind))
          .filter((kind) => !(actionOf(action)?.Resources ?? []).includes(kind))
          .map((kind) => `${name}: ${action} knows no ${kind}`),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

let template: Template;
beforeAll(async () => {
  await using folder = await temporaryFolder();
  ({ template } = synthesize(folder.path));
});

test("roles have what the table says, and beside it their log, traces and dead letters", () => {
  const policies = Object.entries(resources(template, "AWS::IAM::Policy"));
  const others = new Set([
    ...["logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage", "xray:PutTelemetryRecords"],
    ...[
      "sqs:ReceiveMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueUrl",
      "sqs:DeleteMessage",
    ],
    ...["sqs:GetQueueAttributes", "xray:PutTraceSegments"],
  ]);
  for (const name of functionNames) {
    const found = policies.filter(([id]) => id.startsWith(`BakeryFunctions${name}RoleDefault`));
    expect(found).toHaveLength(1);
    const [[, policy] = ["", {}]] = found;
    const { PolicyDocument } = policy as {
      PolicyDocument: { Statement: { Action: string | string[] }[] };
    };
    const actions = PolicyDocument.Statement.flatMap(({ Action }) => Action);
    const extra = [...new Set(actions)].filter((action) => !others.has(action)).toSorted();
    expect(extra).toEqual([...new Set(table[name].flatMap(({ actions }) => actions))].toSorted());
  }
});
