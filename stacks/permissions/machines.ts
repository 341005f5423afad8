import {
  arn,
  ec2,
  encryptedDisks,
  listing,
  ours,
  type Permission,
  type Places,
  retag,
  tagOnCreate,
  taggedOurs,
} from "./permission.ts";
import { read, write } from "./things.ts";

/* What is called of machines: each verb of their adapters, narrowed. */

/** Machines that are tagged, without IMDSv1, from images that `images` narrows. */
const launch = (at: Places, images: Omit<Permission, "actions">): Permission[] => [
  { actions: ["ec2:RunInstances"], ...images },
  {
    actions: ["ec2:RunInstances"],
    resources: ec2(at, "instance"),
    conditions: {
      StringEquals: { ...taggedOurs(at).StringEquals, "ec2:MetadataHttpTokens": "required" },
    },
  },
  {
    actions: ["ec2:RunInstances"],
    // the request for spot capacity is asked about because it is tagged:
    // docs.aws.amazon.com/AWSEC2/latest/UserGuide/concepts-spot-instances-request-tags.html
    resources: ec2(at, "volume", "network-interface", "spot-instances-request"),
    conditions: taggedOurs(at),
  },
  {
    actions: ["ec2:RunInstances"],
    resources: ec2(at, "subnet", "security-group"),
    why: "a recipe may name others than the stage's; operator policy says which",
  },
  tagOnCreate(
    at,
    ["instance", "volume", "network-interface", "spot-instances-request"],
    "RunInstances",
  ),
  {
    actions: ["iam:PassRole"],
    resources: [at.builderRole],
    conditions: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
  },
  {
    actions: ["iam:CreateServiceLinkedRole"], // an account's first spot instance needs it
    resources: [
      `arn:${at.partition}:iam::${at.account}:role/aws-service-role/spot.amazonaws.com/*`,
    ],
    conditions: { StringEquals: { "iam:AWSServiceName": "spot.amazonaws.com" } },
  },
  listing("ec2:DescribeInstances", "ssm:DescribeInstanceInformation"),
  ...encryptedDisks(at),
  // of machines that were started at once for one bake, all but the oldest give way
  retag(at, "instance", "surplus"),
  terminate(at),
];

const terminate = (at: Places): Permission => ({
  actions: ["ec2:TerminateInstances"],
  resources: ec2(at, "instance"),
  conditions: ours(at),
});

const tie = (at: Places): Permission => ({
  actions: ["ec2:ModifyInstanceAttribute"],
  resources: ec2(at, "instance", "volume"),
  conditions: ours(at),
});

export const provision = (at: Places): Permission[] => [
  { actions: ["ssm:GetParameter"], resources: at.imageParameters },
  listing("ec2:DescribeImages", "ec2:DescribeVolumes"),
  ...launch(at, {
    resources: ec2(at, "image", "snapshot"),
    why: "builders boot the public image that a parameter names",
  }),
  { actions: ["ec2:CreateVolume"], resources: ec2(at, "volume"), conditions: taggedOurs(at) },
  { actions: ["ec2:CreateVolume"], resources: ec2(at, "snapshot"), conditions: ours(at) },
  tagOnCreate(at, ["volume"], "CreateVolume"),
  {
    actions: ["ec2:AttachVolume"],
    resources: ec2(at, "instance", "volume"),
    conditions: ours(at),
  },
  tie(at),
  ...ownGroup(at),
];

/** A bake whose steps connect to further ports has a security group of its own. */
const ownGroup = (at: Places): Permission[] => [
  listing("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"),
  {
    actions: ["ec2:CreateSecurityGroup"],
    resources: ec2(at, "security-group"),
    conditions: taggedOurs(at),
  },
  {
    actions: ["ec2:CreateSecurityGroup"],
    resources: ec2(at, "vpc"),
    why: "a recipe may name a subnet of another network; operator policy says which",
  },
  tagOnCreate(at, ["security-group"], "CreateSecurityGroup"),
  {
    actions: ["ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress"],
    resources: ec2(at, "security-group"),
    conditions: ours(at),
  },
];

export const keepBuilders = (at: Places): Permission[] => [
  listing("ec2:DescribeInstances"),
  retag(at, "instance", "keep-until"),
];

export const releaseBuilders = (at: Places): Permission[] => [
  listing("ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeSecurityGroups"),
  tie(at),
  terminate(at),
  {
    actions: ["ec2:DeleteVolume"],
    resources: ec2(at, "volume"),
    conditions: ours(at),
  },
  {
    actions: ["ec2:DeleteSecurityGroup"],
    resources: ec2(at, "security-group"),
    conditions: ours(at),
  },
];

/** A candidate, which is the stage's own, is booted. */
export const testImages = (at: Places): Permission[] => [
  ...launch(at, { resources: ec2(at, "image", "snapshot"), conditions: ours(at) }),
  listing("ec2:DescribeImages"),
  ...command(at, arn({ ...at, account: "" }, "ssm", "document/AWS-RunShellScript")),
  {
    actions: ["ec2:GetConsoleOutput"],
    resources: ec2(at, "instance"),
    conditions: ours(at),
  },
];

/** A document of SSM's is run on machines of the stage. */
const command = (at: Places, document: string): Permission[] => [
  { actions: ["ssm:SendCommand"], resources: [document] },
  {
    actions: ["ssm:SendCommand"],
    resources: ec2(at, "instance"),
    conditions: { StringEquals: { "ssm:resourceTag/ovenbird:stage": at.stage } },
  },
  listing("ssm:GetCommandInvocation", "ssm:ListCommands"),
];

/** The agent is started, asked after and heard of; what it needs lies in its builder's folder. */
export const runAgents = (at: Places): Permission[] => [
  ...command(at, at.document),
  listing("ec2:DescribeInstances"),
  { actions: ["s3:GetObject"], resources: at.packages },
  { actions: ["s3:DeleteObject"], resources: [`${at.artifactBucket}/builders/*`] },
  { actions: ["logs:GetLogEvents"], resources: [`${at.agentLog}:log-stream:*`] },
  ...secrets(at),
];

/** A bake's agent is found by its command, and its command cancelled. */
export const releaseAgents = (at: Places): Permission[] => [
  ...read(at, "bakes/"),
  ...write(at, "bakes/"),
  listing("ssm:ListCommands"),
  {
    actions: ["ssm:CancelCommand"],
    resources: ["*"],
    why: "a command has no ARN; its id is in the bake's own artifacts",
  },
];

/** Secrets that recipes name: those that were put where the stage may read them. */
const secrets = (at: Places): Permission[] => [
  {
    actions: ["ssm:GetParameter"],
    resources: [
      arn(at, "ssm", `parameter/ovenbird/${at.stage}/secrets/*`),
      // this parameter stands for a secret of Secrets Manager's
      arn(at, "ssm", "parameter/aws/reference/secretsmanager/*"),
    ],
  },
  {
    actions: ["secretsmanager:GetSecretValue"],
    resources: [arn(at, "secretsmanager", `secret:ovenbird/${at.stage}/*`)],
  },
];
