import { describe, expect, test } from "vitest";
import type { SecretSource } from "../../../core/job.ts";
import type { PolicyInForce } from "../../../core/operator-policy/in-force.ts";
import { parsePolicy } from "../../../core/operator-policy/read.ts";
import { leastPolicy } from "../../../core/operator-policy/schema.ts";
import { secretComplaints } from "../../../core/operator-policy/secrets.ts";
import { ownNetwork } from "../../support/memory-way-in.ts";

const without = (prefix: string): PolicyInForce => ({
  ...{ policy: leastPolicy(), prefix, own: ownNetwork },
});
const written = (text: string, prefix = "team-a"): PolicyInForce => {
  const file = `policies/${prefix}.yaml`;
  return { policy: parsePolicy(text, file), prefix, file, own: ownNetwork };
};

const said = (inForce: PolicyInForce, from: SecretSource) =>
  secretComplaints(inForce, { secrets: [{ name: "TOKEN", from }] }).map(
    ({ message, hint }) => `${message}; ${hint}`,
  );
const parameter = (name: string) => ({ parameter: `/ovenbird/dev/secrets/${name}` });
const secret = (name: string) => ({ secret: `ovenbird/dev/${name}` });

describe("a policy that says nothing of secrets", () => {
  test.each([parameter, secret])("lets a prefix use those of its own folder alone", (of) => {
    const team = written("policy: {}");
    expect(said(team, of("team-a/token"))).toEqual([]);
    for (const name of ["team-b/token", "team-ab/token", "token", "team-a"]) {
      expect(said(team, of(name))).toEqual([
        `the secret ${name} is not allowed below team-a/; allowed is team-a/*, by policies/team-a.yaml`,
      ]);
    }
  });

  test("lets drops at the top of the bucket use all of the stage's", () => {
    expect(said(written("policy: {}", ""), parameter("team-b/token"))).toEqual([]);
  });

  test("takes a prefix's name for no pattern", () => {
    expect(said(written("policy: {}", "team-*"), parameter("team-b/token"))).toHaveLength(1);
  });
});

describe("without any policy", () => {
  test("a prefix uses its own folder, and what is in none", () => {
    expect(said(without("web"), parameter("web/token"))).toEqual([]);
    expect(said(without("web"), parameter("token"))).toEqual([]);
    expect(said(without("web"), parameter("team-b/token"))).toEqual([
      expect.stringMatching(
        /^the secret team-b\/token is not allowed below web\/; allowed is web\/\*, and what is in no folder, by the policy that holds without a file/,
      ),
    ]);
  });

  test("drops at the top of the bucket use all of the stage's", () => {
    expect(said(without(""), secret("token"))).toEqual([]);
    expect(said(without(""), parameter("web/token"))).toEqual([]);
  });
});

test("a policy names the secrets that may be used, its own folder's too", () => {
  const team = written("policy: { secrets: [shared/*, team-a/deploy] }");
  expect(said(team, parameter("shared/token"))).toEqual([]);
  expect(said(team, secret("team-a/deploy"))).toEqual([]);
  expect(said(team, parameter("team-a/other"))).toHaveLength(1);
  expect(said(written("policy: { secrets: [] }"), parameter("team-a/token"))).toEqual([
    expect.stringContaining("none is allowed"),
  ]);
});

test.each([
  { parameter: "/ovenbird/prod/secrets/team-a/token" },
  { parameter: "arn:aws:ssm:eu-west-1:123456789012:parameter/ovenbird/dev/secrets/team-b/token" },
  { parameter: "/aws/reference/secretsmanager/team-a/token" },
  { secret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ovenbird/dev/team-b/token" },
])("what is in no folder of the stage's is refused, however it is named: %j", (from) => {
  for (const inForce of [without(""), written("policy: { secrets: ['*'] }")]) {
    expect(said(inForce, from)).toEqual([
      expect.stringMatching(/^the secret TOKEN is .*, which the stage dev may not read; put it /),
    ]);
  }
});

test("another name for a secret of Secrets Manager is held to the same", () => {
  const reference = { parameter: "/aws/reference/secretsmanager/ovenbird/dev/team-b/token" };
  expect(said(written("policy: {}"), reference)).toHaveLength(1);
});
