import { type RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import type { StageSettings } from "./parameters.ts";

/**
 * The key that signs statements. Other than with the key of disks, the account's IAM policies
 * cannot give anybody leave to sign: the key's own policy names who may, and says no to all others,
 * so that a builder cannot, nor an administrator by their usual role.
 */
export const signingKey = (
  scope: Construct,
  { name, parameters }: StageSettings,
  removalPolicy: RemovalPolicy,
) =>
  new kms.Key(scope, idOf(parameters.signing_key), {
    description: `Ovenbird ${name}: statements of images`,
    ...{ keySpec: kms.KeySpec.ECC_NIST_P256, keyUsage: kms.KeyUsage.SIGN_VERIFY, removalPolicy },
    policy: new iam.PolicyDocument({ statements: [administration(scope)] }),
  });

/** Under another id it is another key, and CloudFormation leaves the one before in the account. */
const idOf = (number: number): string => `SigningKey${number === 1 ? "" : number}`;

/** Without Sign, and without grants, by which leave to sign could be given on. */
const administration = (scope: Construct) =>
  new iam.PolicyStatement({
    sid: "AccountAdministers",
    principals: [new iam.AccountPrincipal(Stack.of(scope).account)],
    actions: [
      ...["CancelKeyDeletion", "DescribeKey", "DisableKey", "EnableKey", "GetKeyPolicy"],
      ...["GetPublicKey", "ListGrants", "ListKeyPolicies", "ListResourceTags", "PutKeyPolicy"],
      ...["RevokeGrant", "ScheduleKeyDeletion", "TagResource", "UntagResource"],
      ...["UpdateAlias", "UpdateKeyDescription", "Verify"],
    ].map((action) => `kms:${action}`),
    resources: ["*"], // of a key's own policy: the key
  });

/** Lets that role sign, and nobody else, not by a grant either. */
export const letSign = (key: kms.Key, role: iam.IRole): void => {
  const conditions = {
    StringEquals: { "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "DIGEST" },
  };
  const sign = { actions: ["kms:Sign"], resources: ["*"] };
  for (const statement of [
    { ...sign, sid: "PublishImageSigns", principals: [role], conditions },
    {
      ...{ ...sign, sid: "NobodyElseSigns", effect: iam.Effect.DENY },
      principals: [new iam.AnyPrincipal()],
      conditions: { ArnNotEquals: { "aws:PrincipalArn": role.roleArn } },
    },
  ]) {
    key.addToResourcePolicy(new iam.PolicyStatement(statement));
  }
};
