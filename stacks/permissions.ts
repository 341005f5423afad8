import {
  arn,
  ec2,
  encryptedDisks,
  keyThrough,
  listing,
  ours,
  type Permission,
  type Places,
  retag,
  tagOnCreate,
  taggedOurs,
} from "./permission.ts";

/*
 * Action → resource and condition, one list a function: exactly what the adapters call that its
 * handler composes. A test holds this against the commands in the built functions, and against
 * AWS's own list of what IAM can narrow.
 */

/** Functions that are a task of the state machine. */
export const taskFunctions = [
  "ReadRecipe",
  "ResolveOrigin",
  "ProvisionBuilder",
  "RunAgent",
  "CreateSnapshot",
  "AwaitSnapshot",
  "ReleaseBuilder",
  "RegisterImage",
  "TestImage",
  "PublishImage",
  "KeepBuilder",
  "ReleaseBake",
] as const;

/** Functions that events and schedules start. */
export const eventFunctions = ["StartBake", "BakeEnded", "ReleaseAgain", "Sweep"] as const;

export type FunctionName = (typeof taskFunctions)[number] | (typeof eventFunctions)[number];
export const functionNames: readonly FunctionName[] = [...taskFunctions, ...eventFunctions];

const objects = (bucket: string, ...prefixes: string[]): string[] =>
  prefixes.map((prefix) => `${bucket}/${prefix}*`);

/** Listing turns «access denied» for what is not there into «not found». */
const list = (bucket: string, prefix: string): Permission => ({
  actions: ["s3:ListBucket"],
  resources: [bucket],
  conditions: { StringLike: { "s3:prefix": `${prefix}*` } },
});

const readArtifacts = (at: Places): Permission[] => [
  { actions: ["s3:GetObject"], resources: objects(at.artifactBucket, "bakes/") },
  list(at.artifactBucket, "bakes/"),
  keyThrough(at, "s3", "Decrypt"),
];

const writeArtifacts = (at: Places): Permission[] => [
  { actions: ["s3:PutObject"], resources: objects(at.artifactBucket, "bakes/") },
  keyThrough(at, "s3", "GenerateDataKey"),
];

const imageRecords = (at: Places): Permission[] => [
  { actions: ["s3:GetObject", "s3:PutObject"], resources: objects(at.artifactBucket, "images/") },
  list(at.artifactBucket, "images/"),
  keyThrough(at, "s3", "Decrypt", "GenerateDataKey"),
];

const resolve = (at: Places): Permission[] => [
  listing("ec2:DescribeImages", "ec2:DescribeSnapshots"),
  {
    actions: ["ssm:GetParameter"],
    resources: [
      arn(at, "ssm", "parameter/*"),
      arn({ ...at, account: "" }, "ssm", "parameter/aws/service/*"),
    ],
    why: "a recipe names its origin's parameter; operator policy says which it may",
  },
  {
    actions: ["ec2:CopyImage"],
    resources: ec2(at, "image", "snapshot"),
    why: "the source is anybody's stock image, and its ARN has the form of the copy's",
  },
  tagOnCreate(at, ["image", "snapshot"], "CopyImage"),
  ...encryptedDisks(at),
];

/** Launches that are tagged, without IMDSv1, from images that `images` narrows. */
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
    resources: ec2(at, "volume", "network-interface"),
    conditions: taggedOurs(at),
  },
  {
    actions: ["ec2:RunInstances"],
    resources: ec2(at, "subnet", "security-group"),
    why: "a recipe may name others than the stage's; operator policy says which",
  },
  tagOnCreate(at, ["instance", "volume", "network-interface"], "RunInstances"),
  {
    actions: ["iam:PassRole"],
    resources: [at.builderRole],
    conditions: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
  },
  listing("ec2:DescribeInstances", "ssm:DescribeInstanceInformation"),
  ...encryptedDisks(at),
];

const provision = (at: Places): Permission[] => [
  { actions: ["ssm:GetParameter"], resources: at.imageParameters },
  ...launch(at, {
    resources: ec2(at, "image", "snapshot"),
    why: "builders boot the public image that the stage's parameter names",
  }),
  listing("ec2:DescribeVolumes"),
  { actions: ["ec2:CreateVolume"], resources: ec2(at, "volume"), conditions: taggedOurs(at) },
  { actions: ["ec2:CreateVolume"], resources: ec2(at, "snapshot"), conditions: ours(at) },
  tagOnCreate(at, ["volume"], "CreateVolume"),
  {
    actions: ["ec2:AttachVolume", "ec2:ModifyInstanceAttribute"],
    resources: ec2(at, "instance", "volume"),
    conditions: ours(at),
  },
];

const command = (at: Places): Permission[] => [
  { actions: ["ssm:SendCommand"], resources: [at.document] },
  {
    actions: ["ssm:SendCommand"],
    resources: ec2(at, "instance"),
    conditions: { StringEquals: { "ssm:resourceTag/ovenbird:stage": at.stage } },
  },
  listing("ssm:GetCommandInvocation", "ssm:ListCommands"),
];

/** What the functions put for a builder and read of it. */
const builderFiles = (at: Places): Permission[] => [
  {
    actions: ["s3:GetObject", "s3:PutObject"],
    resources: objects(at.artifactBucket, "builders/"),
  },
  list(at.artifactBucket, "builders/"),
  keyThrough(at, "s3", "Decrypt", "GenerateDataKey"),
];

const releaseBuilders = (at: Places): Permission[] => [
  listing("ec2:DescribeInstances", "ec2:DescribeVolumes", "ssm:ListCommands", "ssm:CancelCommand"),
  {
    actions: ["ec2:TerminateInstances"],
    resources: ec2(at, "instance"),
    conditions: ours(at),
  },
  { actions: ["ec2:DeleteVolume"], resources: ec2(at, "volume"), conditions: ours(at) },
];

const releaseImages = (at: Places): Permission[] => [
  listing("ec2:DescribeImages"),
  { actions: ["ec2:DeregisterImage"], resources: ec2(at, "image"), conditions: ours(at) },
];

const releaseSnapshots = (at: Places): Permission[] => [
  listing("ec2:DescribeImages", "ec2:DescribeSnapshots"),
  { actions: ["ec2:DeleteSnapshot"], resources: ec2(at, "snapshot"), conditions: ours(at) },
];

const release = (at: Places): Permission[] => [
  ...releaseBuilders(at),
  ...releaseImages(at),
  ...releaseSnapshots(at),
];

const announce = (at: Places): Permission[] => [
  { actions: ["sns:Publish"], resources: [at.topic] },
  keyThrough(at, "sns", "Decrypt", "GenerateDataKey"),
];

/** What each function may do. Writing logs and traces is everybody's, and not listed. */
export const permissions = (at: Places): Record<FunctionName, Permission[]> => ({
  ReadRecipe: [...readArtifacts(at), ...writeArtifacts(at)],
  ResolveOrigin: [...readArtifacts(at), ...imageRecords(at), ...resolve(at)],
  ProvisionBuilder: [...readArtifacts(at), ...provision(at)],
  RunAgent: [
    ...readArtifacts(at),
    ...builderFiles(at),
    { actions: ["s3:GetObject"], resources: at.packages },
    ...command(at),
  ],
  CreateSnapshot: [
    listing("ec2:DescribeSnapshots"),
    { actions: ["ec2:CreateSnapshot"], resources: ec2(at, "volume"), conditions: ours(at) },
    { actions: ["ec2:CreateSnapshot"], resources: ec2(at, "snapshot"), conditions: taggedOurs(at) },
    tagOnCreate(at, ["snapshot"], "CreateSnapshot"),
  ],
  AwaitSnapshot: [listing("ec2:DescribeSnapshots")],
  ReleaseBuilder: releaseBuilders(at),
  RegisterImage: [
    ...readArtifacts(at),
    ...imageRecords(at),
    listing("ec2:DescribeImages"),
    { actions: ["ec2:RegisterImage"], resources: ec2(at, "image"), conditions: taggedOurs(at) },
    { actions: ["ec2:RegisterImage"], resources: ec2(at, "snapshot"), conditions: ours(at) },
    tagOnCreate(at, ["image"], "RegisterImage"),
    retag(at, "snapshot"),
    {
      actions: ["ec2:EnableImageDeprecation", "ec2:EnableImageDeregistrationProtection"],
      resources: ec2(at, "image"),
      conditions: ours(at),
    },
  ],
  TestImage: [
    ...readArtifacts(at),
    ...launch(at, { resources: ec2(at, "image", "snapshot"), conditions: ours(at) }),
    ...command(at),
    { actions: ["ec2:GetConsoleOutput"], resources: ec2(at, "instance"), conditions: ours(at) },
  ],
  PublishImage: [
    ...imageRecords(at),
    listing("ec2:DescribeImages"),
    retag(at, "image", "snapshot"),
    { actions: ["ec2:ModifyImageAttribute"], resources: ec2(at, "image"), conditions: ours(at) },
    {
      actions: ["ssm:GetParameter", "ssm:PutParameter"],
      resources: [arn(at, "ssm", `parameter/ovenbird/${at.stage}/images/*`)],
    },
    ...announce(at),
  ],
  KeepBuilder: [listing("ec2:DescribeInstances"), retag(at, "instance", "volume")],
  ReleaseBake: release(at),
  StartBake: [
    { actions: ["s3:GetObject", "s3:GetObjectVersion"], resources: objects(at.recipeBucket, "") },
    ...readArtifacts(at),
    ...writeArtifacts(at),
    { actions: ["states:StartExecution"], resources: [at.stateMachine] },
    ...announce(at),
  ],
  BakeEnded: [...readArtifacts(at), ...release(at), ...announce(at)],
  ReleaseAgain: release(at),
  Sweep: release(at),
});
