import { describe, expect, test } from "vitest";
import { isForeignKey, keyStatements } from "../../cli/aws/key-policy.ts";
import { sharingNotes } from "../../cli/aws/sharing-notes.ts";
import { placesOf } from "../../cli/aws/places.ts";
import { networkNotes } from "../../core/estimate/network-notes.ts";
import { parseRecipe } from "../../core/recipe/read.ts";
import { resolveRecipe } from "../../core/recipe/resolve.ts";
import { pretendPlaces, pretendStage } from "../support/pretend-stage.ts";

const recipeOf = (lines: string) =>
  resolveRecipe(parseRecipe(`image:\n  name: web\n${lines}`, "web.yaml"), {
    ...{ set: {}, environment: {} },
  });

describe("a recipe's own key", () => {
  const key = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000";
  const stage = { keyArn: key };

  test.each([
    { kmsKey: undefined, foreign: false },
    { kmsKey: key, foreign: false },
    { kmsKey: key.split("/")[1], foreign: false },
    { kmsKey: "alias/aws/ebs", foreign: false },
    { kmsKey: "alias/images", foreign: true },
    { kmsKey: key.replace(/0$/, "1"), foreign: true },
  ])("$kmsKey is another than the stage's: $foreign", ({ kmsKey, foreign }) => {
    expect(isForeignKey(kmsKey, stage)).toBe(foreign);
  });

  test("needs statements that let the functions' roles in, through EC2 and for its grants", () => {
    const roles = ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"];
    const viaEc2 = { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" };
    const rest = { Effect: "Allow", Principal: { AWS: roles }, Resource: "*" };
    expect(keyStatements(pretendStage, roles)).toEqual([
      {
        ...{ ...rest, Sid: "OvenbirdDisks", Condition: { StringEquals: viaEc2 } },
        Action: [
          ...["kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
          "kms:GenerateDataKeyWithoutPlaintext",
        ],
      },
      {
        ...{ ...rest, Sid: "OvenbirdGrants", Action: ["kms:CreateGrant"] },
        Condition: {
          ...{ StringEquals: viaEc2, Bool: { "kms:GrantIsForAWSResource": "true" } },
        },
      },
    ]);
  });
});

const shared = (permissions: string, key = "") =>
  sharingNotes(
    recipeOf(
      `  origin: ami-0123456789abcdef0\n  aws:${key}\n    launch_permissions: ${permissions}`,
    ),
  );

describe("an image that others may launch", () => {
  test("needs a key whose policy lets them, each by what they are", () => {
    const [says, ...statements] = shared(
      `{
        users: ["111122223333"],
        organizations: ["arn:aws:organizations::111122223333:organization/o-0123456789"],
        organizational_units: ["arn:aws:organizations::111122223333:ou/o-0123456789/ou-abcd-01234567"],
      }`,
      "\n    kms_key: alias/images",
    );
    expect(says).toMatch(/the key alias\/images has to let them as well/);
    const all = statements.map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(all).toMatchObject([
      { Principal: { AWS: ["111122223333"] } },
      { Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": ["o-0123456789"] } } },
      {
        Principal: "*",
        Condition: {
          "ForAnyValue:StringLike": {
            "aws:PrincipalOrgPaths": ["o-0123456789/*/ou-abcd-01234567/*"],
          },
        },
      },
    ]);
    // whoever is any principal, the condition says who it is
    expect(all.filter((one) => one["Principal"] === "*" && !("Condition" in one))).toEqual([]);
    for (const { Action } of all) expect(Action).toContain("kms:CreateGrant");
  });

  test("has to name a key of its own: the stage's lets nobody outside of the account", () => {
    expect(shared('{ users: ["111122223333"] }')[0]).toMatch(
      /the stage's key lets nobody outside the account use it: name one by kms_key/,
    );
  });

  test("is told of only where there is one", () => {
    expect(sharingNotes(recipeOf("  origin: ami-0123456789abcdef0"))).toEqual([]);
  });
});

test("a stage's places are those that the stacks narrow permissions to", () => {
  const { recipeBucket, artifactBucket, key, topic, document, agentLog, packages, bus } =
    pretendPlaces;
  const places = placesOf(pretendStage);
  expect(places).toMatchObject({
    ...{ partition: "aws", region: "eu-west-1", account: "123456789012", stage: "dev" },
    ...{ recipeBucket, artifactBucket, key, topic, document, agentLog, packages, bus },
  });
  expect(places.stateMachine).toMatch(/:stateMachine:ovenbird-dev-bake$/);
  expect(places.executions).toMatch(/:execution:ovenbird-dev-bake:\*$/);
  expect(places.imageParameters[0]).toBe("arn:aws:ssm:eu-west-1::parameter/aws/service/x86_64");
});

describe("a network", () => {
  const recipe = recipeOf(`  origin: ami-00000000000000001
  assets:
    tool: { url: "https://example.org/tool", checksum: "sha256:${"0".repeat(64)}" }
  configure:
    - packages: [nginx]
    - files: [{ path: /etc/x, content: y }]
    - shell: make
`);

  test("that is public needs no word", () => {
    expect(networkNotes({ mode: "public", recipe, originName: "x" })).toEqual([]);
  });

  test("with NAT says what it costs", () => {
    const [note] = networkNotes({ mode: "nat", recipe, originName: "x" });
    expect(note).toContain("$0.045 a GB");
  });

  test("of endpoints says what a mirror has to give", () => {
    expect(networkNotes({ mode: "endpoints", recipe, originName: "debian-13" })).toEqual([
      "builders reach AWS's endpoints and the repositories of Amazon Linux, and nothing else",
      expect.stringMatching(/^needs a mirror within the network: packages of the step /),
      expect.stringMatching(/^needs a mirror within the network: what the step .* loads, if/),
      "needs a mirror within the network: the asset tool, https://example.org/tool",
    ]);
  });

  test("of endpoints gives an image of Amazon Linux its packages", () => {
    const notes = networkNotes({ mode: "endpoints", recipe, originName: "al2023-ami-2023.9" });
    expect(notes.join("\n")).not.toContain("packages of");
  });

  test("of endpoints has no archive of a distribution", () => {
    const scratch = recipeOf("  origin: scratch\n");
    const [, note] = networkNotes({ mode: "endpoints", recipe: scratch, originName: undefined });
    expect(note).toContain("the archive of debian, named as the origin's mirror");
  });
});
