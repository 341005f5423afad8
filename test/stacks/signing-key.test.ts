import { generateKeyPairSync } from "node:crypto";
import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, test } from "vitest";
import { functionNames, permissions } from "../../stacks/permissions.ts";
import { pretendPlaces } from "../support/pretend-stage.ts";
import { resources, synthesize } from "../support/stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Statement {
  Sid: string;
  Effect: string;
  Action: string | string[];
  Principal: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

let template: Template;
let statements: Statement[];
let key: Record<string, unknown>;
beforeAll(async () => {
  await using folder = await temporaryFolder();
  ({ template } = synthesize(folder.path));
  const keys = Object.values(resources(template, "AWS::KMS::Key"));
  key = keys.find(({ KeyUsage }) => KeyUsage === "SIGN_VERIFY") ?? {};
  statements = (key["KeyPolicy"] as { Statement: Statement[] }).Statement;
});

const bySid = (sid: string): Statement | undefined => statements.find(({ Sid }) => Sid === sid);

test("statements are signed by a key on P-256", () => {
  expect(key).toMatchObject({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
});

describe("the key's policy", () => {
  test("lets one function's role sign, digests only", () => {
    const leave = statements.filter(
      ({ Effect, Action }) => Effect === "Allow" && [Action].flat().includes("kms:Sign"),
    );
    expect(leave).toHaveLength(1);
    expect(JSON.stringify(leave[0]?.Principal)).toMatch(/FunctionsPublishImageRole/);
    expect(leave[0]?.Condition).toEqual({
      StringEquals: { "kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256" },
    });
  });

  test("denies it to everybody else, whatever IAM allows", () => {
    const denial = bySid("NobodyElseSigns");
    expect(denial).toMatchObject({ Effect: "Deny", Action: "kms:Sign", Principal: { AWS: "*" } });
    expect(JSON.stringify(denial?.Condition)).toMatch(
      /ArnNotEquals.*aws:PrincipalArn.*FunctionsPublishImageRole/,
    );
  });

  test("lets nobody give leave to sign on by a grant, and has no wildcard", () => {
    const actions = statements.flatMap(({ Action }) => Action);
    expect(actions).not.toContain("kms:CreateGrant");
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
    expect(bySid("AccountAdministers")?.Action).toContain("kms:PutKeyPolicy");
  });
});

test("one function may sign, two may read the public key, and a builder may neither", () => {
  const table = permissions(pretendPlaces);
  const who = (action: string) =>
    functionNames.filter((name) => table[name].some(({ actions }) => actions.includes(action)));
  expect(who("kms:Sign")).toEqual(["PublishImage"]);
  expect(who("kms:GetPublicKey")).toEqual(["ResolveOrigin", "PublishImage"]);
  const roles = Object.entries(resources(template, "AWS::IAM::Role"));
  const [, builder] = roles.find(([id]) => /FoundationBuilderRole/.test(id)) ?? ["", {}];
  expect(JSON.stringify(builder)).not.toMatch(/SigningKey|kms:Sign|GetPublicKey/);
});

/** Of keys that sign. */
const keyIds = (of: Template) =>
  Object.entries(resources(of, "AWS::KMS::Key")).flatMap(([id, { KeyUsage }]) =>
    KeyUsage === "SIGN_VERIFY" ? [id] : [],
  );

test("another number is another key, and functions are told those before it", async () => {
  const publicKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
    .publicKey.export({ type: "spki", format: "der" })
    .toString("base64");
  const earlier = `{ key: "arn:aws:kms:eu-west-1:123456789012:key/0a", public_key: ${publicKey} }`;
  await using folder = await temporaryFolder();
  const second = synthesize(folder.path, `signing_key: 2\nearlier_signing_keys: [${earlier}]`);
  expect(keyIds(second.template)).toEqual([expect.stringContaining("SigningKey2")]);
  expect(keyIds(template)).not.toEqual(keyIds(second.template));
  const kept = Object.values(second.template.findResources("AWS::KMS::Key"));
  expect(kept.map(({ DeletionPolicy }) => DeletionPolicy as string)).toEqual(["Retain", "Retain"]);
  const [parameter] = Object.values(resources(second.template, "AWS::SSM::Parameter"));
  expect(JSON.stringify(parameter?.["Value"])).toContain(publicKey.slice(0, 40));
});

test("functions are told the key, and a digest of what they are", () => {
  const [parameter] = Object.values(resources(template, "AWS::SSM::Parameter"));
  const text = JSON.stringify(parameter?.["Value"]);
  expect(text).toMatch(/signingKeyArn.*SigningKey/);
  expect(text).toMatch(/functionsSha256\W+[0-9a-f]{64}/);
});
