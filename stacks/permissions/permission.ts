/*
 * What a role may do, as data: the stacks make policies of it, and `ovenbird plan --on aws` prints
 * it. No construct is imported here.
 */

/** One statement that allows. */
export interface Permission {
  /** `service:Action`, without wildcards. */
  actions: readonly string[];
  /** ARNs. `*` alone where IAM cannot narrow the action; then `why` says so. */
  resources: readonly string[];
  /** By operator, then by key. */
  conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why it is wider than what the stage owns. */
  why?: string;
}

/** Where a stage's things are: what permissions are narrowed to. */
export interface Places {
  partition: string;
  region: string;
  account: string;
  /** The stage's name: the value of the tag `ovenbird:stage`. */
  stage: string;
  /** ARNs from here on. */
  recipeBucket: string;
  artifactBucket: string;
  key: string;
  /** Of statements. */
  signingKey: string;
  topic: string;
  document: string;
  stateMachine: string;
  builderRole: string;
  /** The log group of agents' lines. */
  agentLog: string;
  /** The agent's packages, one an architecture. */
  packages: readonly string[];
  /** The account's bus, on which bakes' ends are events. */
  bus: string;
  /** Executions of the state machine, with a wildcard. */
  executions: string;
  /** Public parameters with the images that builders boot. */
  imageParameters: readonly string[];
}

/** The ARN of something in the stage's account and region. */
export const arn = (
  { partition, region, account }: Pick<Places, "partition" | "region" | "account">,
  service: string,
  resource: string,
): string => `arn:${partition}:${service}:${region}:${account}:${resource}`;

/** EC2's ARNs of all things of some kinds; snapshots and images have no account in theirs. */
export const ec2 = (places: Places, ...kinds: string[]): string[] =>
  kinds.map((kind) => {
    const account = ["image", "snapshot"].includes(kind) ? "" : places.account;
    return arn({ ...places, account }, "ec2", `${kind}/*`);
  });

const stageTag = "ovenbird:stage";

/** Only things that carry the stage's tag already. */
export const ours = ({ stage }: Places) => ({
  StringEquals: { [`ec2:ResourceTag/${stageTag}`]: stage },
});

/** Only calls that give the stage's tag to what they make. */
export const taggedOurs = ({ stage }: Places) => ({
  StringEquals: { [`aws:RequestTag/${stageTag}`]: stage },
});

/** Tags may be given to new things by the calls that make them, and at no other time. */
export const tagOnCreate = (places: Places, kinds: string[], ...calls: string[]): Permission => ({
  actions: ["ec2:CreateTags"],
  resources: ec2(places, ...kinds),
  conditions: {
    StringEquals: { ...taggedOurs(places).StringEquals, "ec2:CreateAction": calls },
  },
});

/** Tags with these keys may be given to things of the stage at any time. */
export const retag = (places: Places, kind: string, ...keys: string[]): Permission => ({
  actions: ["ec2:CreateTags"],
  resources: ec2(places, kind),
  conditions: {
    ...ours(places),
    "ForAllValues:StringEquals": { "aws:TagKeys": keys.map((key) => `ovenbird:${key}`) },
  },
});

/** Reading lists: EC2 and SSM know no narrower resource for these. */
export const listing = (...actions: string[]): Permission => ({
  actions,
  resources: ["*"],
  why: "Describe, List and Get calls of EC2 and SSM know neither resources nor tags",
});

/** The stage's key, through one service only. */
export const keyThrough = (places: Places, service: string, ...actions: string[]): Permission => ({
  actions: actions.map((action) => `kms:${action}`),
  resources: [places.key],
  conditions: {
    StringEquals: { "kms:ViaService": `${service}.${places.region}.amazonaws.com` },
  },
});

/** Encrypted disks and snapshots: EC2 asks for a grant of its own, and for nothing it may keep. */
export const encryptedDisks = (places: Places): Permission[] => [
  keyThrough(
    ...([places, "ec2", "Decrypt", "DescribeKey", "ReEncryptFrom", "ReEncryptTo"] as const),
    "GenerateDataKeyWithoutPlaintext",
  ),
  {
    ...keyThrough(places, "ec2", "CreateGrant"),
    conditions: {
      ...keyThrough(places, "ec2").conditions,
      Bool: { "kms:GrantIsForAWSResource": "true" },
    },
  },
];
