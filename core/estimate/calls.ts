import type { ResolvedRecipe } from "../job.ts";

/*
 * The calls of a bake that nothing happens to, by IAM's names of services and the API's of calls.
 * Tests hold them against the calls of a whole bake, and against what each function may do.
 */

/** What the calls depend on, beside the recipe. */
export interface Called {
  recipe: ResolvedRecipe;
  /** Of a stock image, whether the account has its copy; `none` where there is no stock image. */
  copy: "none" | "there" | "needed";
}

/** The calls of a task, each at the place where it comes first. */
export interface StateCalls {
  state: string;
  calls: string[];
}

/** By state, in the order of the state machine. */
export const callsOf = (order: Called): StateCalls[] =>
  Object.entries({
    ReadRecipe: ["s3:GetObject", "s3:PutObject"],
    ResolveOrigin: ["s3:GetObject", ...originCalls(order)],
    ProvisionBuilder: [
      ...["s3:GetObject", "s3:PutObject", "ec2:DescribeInstances", "ssm:GetParameter"],
      "ec2:DescribeImages",
      ...groupCalls(order.recipe),
      ...["ec2:RunInstances", "ec2:CreateVolume", "ec2:DescribeVolumes"],
      ...["ssm:DescribeInstanceInformation", "ec2:AttachVolume", "ec2:ModifyInstanceAttribute"],
    ],
    RunAgent: [
      ...["s3:GetObject", ...(order.recipe.secrets.length > 0 ? ["ssm:GetParameter"] : [])],
      ...["ssm:ListCommands", "s3:CopyObject", "s3:PutObject", "ssm:SendCommand"],
      ...["ssm:GetCommandInvocation", "s3:HeadObject", "s3:DeleteObject"],
    ],
    CreateSnapshot: ["s3:GetObject", "s3:PutObject", "ec2:CreateSnapshot"],
    AwaitSnapshot: ["ec2:DescribeSnapshots"],
    ReleaseBuilder: ["s3:GetObject", "ec2:TerminateInstances", "s3:PutObject"], // the disk goes with it
    RegisterImage: [
      ...["s3:GetObject", "ec2:DescribeImages", ...variableCalls(order.recipe)],
      ...["s3:PutObject", "ec2:RegisterImage"],
    ],
    CheckProvenance: [
      ...["s3:GetObject", "inspector-scan:ScanSbom", "s3:PutObject", "ec2:DescribeImages"],
      "ec2:CreateTags",
    ],
    TestImage: [
      ...["s3:GetObject", "ec2:DescribeInstances", "ec2:DescribeImages", "ec2:RunInstances"],
      ...["ssm:DescribeInstanceInformation", "ssm:ListCommands", "ssm:SendCommand"],
      ...["ssm:GetCommandInvocation", "s3:PutObject"],
      "ec2:TerminateInstances",
    ],
    PublishImage: [
      ...["s3:GetObject", "kms:Sign", "s3:PutObject"],
      ...["ec2:DescribeImages", ...publishCalls(order.recipe)],
      ...["ec2:CreateTags", ...protectCalls(order.recipe)],
      ...["ssm:GetParameterHistory", "ssm:PutParameter", "sns:Publish", "events:PutEvents"],
    ],
    ReleaseBake: [
      ...["s3:GetObject", "ec2:DescribeInstances", "ec2:DescribeVolumes"],
      ...["ec2:DescribeSecurityGroups", "ec2:DescribeImages", "ec2:DescribeSnapshots"],
      "ec2:DeleteSnapshot", // EC2 refuses: the image that was published has it
    ],
  }).map(([state, calls]) => ({ state, calls: [...new Set(calls)] }));

/** A stock image's copy is marked with the day of its last use, unless it was made on it. */
const originCalls = ({ recipe, copy }: Called): string[] => {
  const { kind } = recipe.origin;
  if (kind === "scratch") return [];
  return [
    ...(kind === "parameter" ? ["ssm:GetParameter"] : []),
    ...["s3:PutObject", "ec2:DescribeImages"], // of many bakes at once, one looks for all
    ...(copy === "needed" ? ["ec2:CopyImage"] : []),
    ...(copy === "there" ? ["ec2:CreateTags"] : []),
    // an image of ours: its statement is verified, and that it was is kept
    ...(copy === "none" ? ["kms:GetPublicKey"] : []),
  ];
};

/** Steps that connect to further ports have a security group of the bake's own. */
const hasOwnGroup = ({ builder }: ResolvedRecipe): boolean =>
  builder.ports.length > 0 && builder.securityGroup === undefined;

const groupCalls = (recipe: ResolvedRecipe): string[] =>
  hasOwnGroup(recipe)
    ? [
        ...["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:CreateSecurityGroup"],
        ...["ec2:RevokeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupEgress"],
      ]
    : [];

/** Of an image that boots by UEFI, which is not known before its disk is. */
const variableCalls = ({ attributes, origin }: ResolvedRecipe): string[] =>
  attributes.uefiData === undefined && origin.kind !== "scratch"
    ? ["ec2:DescribeImageAttribute"]
    : [];

const publishCalls = ({ attributes }: ResolvedRecipe): string[] => {
  const { users, public: all, organizations, organizationalUnits } = attributes.launchPermissions;
  const isShared = all || [users, organizations, organizationalUnits].some(({ length }) => length);
  return [
    ...(attributes.deprecateAfter === undefined ? [] : ["ec2:EnableImageDeprecation"]),
    ...(all ? [] : ["ec2:AttachImageWatermark"]),
    ...(isShared ? ["ec2:ModifyImageAttribute"] : []),
  ];
};

const protectCalls = ({ attributes }: ResolvedRecipe): string[] =>
  attributes.deregistrationProtection === undefined
    ? []
    : ["ec2:EnableImageDeregistrationProtection"];
