import type { ResolvedRecipe } from "../../core/job.ts";

/** What EC2 asks of the key when somebody launches an image whose disk is encrypted. */
const actions = [
  ...["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
  ...["kms:ReEncryptFrom", "kms:ReEncryptTo"],
];

/**
 * Who may launch an image of another account's cannot, unless the policy of the disk's key lets
 * them too: EC2 takes the permission without a word of that, and their launches fail.
 */
export const sharingNotes = ({ attributes, builder }: ResolvedRecipe): string[] => {
  const statements = sharingStatements(attributes.launchPermissions);
  if (statements.length === 0) return [];
  const needs =
    builder.kmsKey === undefined
      ? "lets nobody outside the account use it: name one by kms_key whose policy has these statements:"
      : "has to let them as well; its policy needs these statements:";
  const key = builder.kmsKey === undefined ? "the stage's key" : `the key ${builder.kmsKey}`;
  return [
    `who may launch the image also needs the key of its disk, and ${key} ${needs}`,
    ...statements.map((statement) => JSON.stringify(statement)),
  ];
};

type Shared = ResolvedRecipe["attributes"]["launchPermissions"];

const sharingStatements = ({ users, organizations, organizationalUnits }: Shared): object[] => [
  ...(users.length === 0 ? [] : [statement("Accounts", { AWS: users })]),
  ...(organizations.length === 0
    ? []
    : [
        statement("Organizations", "*", {
          StringEquals: { "aws:PrincipalOrgID": organizations.map(lastOf) },
        }),
      ]),
  ...(organizationalUnits.length === 0
    ? []
    : [
        statement("Units", "*", {
          "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": organizationalUnits.map(pathOf) },
        }),
      ]),
];

const statement = (who: string, Principal: unknown, Condition?: object): object => ({
  ...{ Sid: `OvenbirdShared${who}`, Effect: "Allow", Principal, Action: actions, Resource: "*" },
  ...(Condition && { Condition }),
});

/** `o-…` of `arn:aws:organizations::ACCOUNT:organization/o-…`. */
const lastOf = (arn: string): string => arn.split("/").at(-1) ?? "";

/** Of `…:ou/o-…/ou-…`: the unit, wherever it is in its organization, and all that is below it. */
const pathOf = (arn: string): string => {
  const [, organization = "", unit = ""] = arn.split("/");
  return `${organization}/*/${unit}/*`;
};
