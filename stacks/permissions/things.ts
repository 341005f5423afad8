import { scanFile } from "../../core/vulnerabilities/kept-scan.ts";
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
 * What is called of buckets, snapshots and images: each verb of their adapters, narrowed. The
 * folders in the artifact bucket are those of aws/.
 */

/**
 * Turns «access denied» for what is not there into «not found»: the adapters tell the two apart.
 * Not by prefix: a call for one object has none for the condition to fit.
 */
const list = (bucket: string): Permission => ({ actions: ["s3:ListBucket"], resources: [bucket] });

/** Objects of the artifact bucket under a prefix. */
export const read = (at: Places, prefix: string): Permission[] => [
  { actions: ["s3:GetObject"], resources: [`${at.artifactBucket}/${prefix}*`] },
  list(at.artifactBucket),
  keyThrough(at, "s3", "Decrypt"),
];

export const write = (at: Places, prefix: string): Permission[] => [
  { actions: ["s3:PutObject"], resources: [`${at.artifactBucket}/${prefix}*`] },
  keyThrough(at, "s3", "GenerateDataKey"),
];

/** What was dropped, and what operators say of it. */
export const readDrops = (at: Places): Permission[] => [
  { actions: ["s3:GetObject", "s3:GetObjectVersion"], resources: [`${at.recipeBucket}/*`] },
  { actions: ["s3:ListBucket"], resources: [at.recipeBucket] },
  keyThrough(at, "s3", "Decrypt"),
];

export const resolveOrigins = (at: Places): Permission[] => [
  ...read(at, "images/"),
  listing("ec2:DescribeImages"),
  {
    actions: ["ssm:GetParameter"],
    resources: [
      arn(at, "ssm", "parameter/*"),
      arn({ ...at, account: "" }, "ssm", "parameter/aws/service/*"),
    ],
    why: "a recipe names the parameter of its origin; operator policy says which it may",
  },
  {
    actions: ["ec2:CopyImage"],
    resources: ec2(at, "image", "snapshot"),
    why: "an origin is anybody's image, and its ARN has the form of its copy's",
  },
  tagOnCreate(at, ["image", "snapshot"], "CopyImage"),
  retag(at, "image", "used-on"),
  ...encryptedDisks(at),
];

export const createSnapshots = (at: Places): Permission[] => [
  listing("ec2:DescribeSnapshots"),
  { actions: ["ec2:CreateSnapshot"], resources: ec2(at, "volume"), conditions: ours(at) },
  { actions: ["ec2:CreateSnapshot"], resources: ec2(at, "snapshot"), conditions: taggedOurs(at) },
  tagOnCreate(at, ["snapshot"], "CreateSnapshot"),
  // of two that were begun at once for one bake, the younger goes
  removeSnapshot(at),
];

const removeSnapshot = (at: Places): Permission => ({
  actions: ["ec2:DeleteSnapshot"],
  resources: ec2(at, "snapshot"),
  conditions: ours(at),
});

export const releaseSnapshots = (at: Places): Permission[] => [
  listing("ec2:DescribeSnapshots"),
  removeSnapshot(at),
];

export const registerImages = (at: Places): Permission[] => [
  listing("ec2:DescribeImages"),
  { actions: ["ec2:DescribeImageAttribute"], resources: ec2(at, "image"), conditions: ours(at) },
  { actions: ["ec2:RegisterImage"], resources: ec2(at, "image"), conditions: taggedOurs(at) },
  {
    actions: ["ec2:RegisterImage"],
    resources: ec2(at, "snapshot"),
    why: "a recipe may name snapshots of further disks",
  },
  tagOnCreate(at, ["image"], "RegisterImage"),
];

/** What is said of an image is written on it while it is a candidate, and by nobody later. */
export const judgeImages = (at: Places): Permission[] => {
  const { conditions, ...tags } = retag(at, "image", "verdict", "verdict-digest");
  const candidate = { "ec2:ResourceTag/ovenbird:state": "candidate" };
  return [
    listing("ec2:DescribeImages"),
    {
      ...tags,
      conditions: {
        ...conditions,
        StringEquals: { ...ours(at).StringEquals, ...candidate },
      },
    },
    // of a candidate that is judged again where nobody can look for vulnerabilities any more
    { actions: ["s3:DeleteObject"], resources: [`${at.artifactBucket}/bakes/*/${scanFile}`] },
    {
      actions: ["inspector-scan:ScanSbom"],
      resources: ["*"],
      why: "a scan is of a document that is sent, and of no resource",
    },
  ];
};

export const publishImages = (at: Places): Permission[] => [
  {
    actions: [
      ...["ec2:AttachImageWatermark", "ec2:EnableImageDeprecation", "ec2:ModifyImageAttribute"],
    ],
    resources: ec2(at, "image"),
    conditions: ours(at),
  },
  retag(at, "image", "state", "statement"),
  ...completeImages(at),
];

/** What comes after the mark of a published image. */
export const completeImages = (at: Places): Permission[] => [
  ...read(at, "bakes/"),
  ...read(at, "images/"),
  ...write(at, "images/"),
  listing("ec2:DescribeImages"),
  {
    actions: ["ec2:EnableImageDeregistrationProtection"],
    resources: ec2(at, "image"),
    conditions: ours(at),
  },
  {
    actions: ["ssm:GetParameterHistory", "ssm:PutParameter", "ssm:AddTagsToResource"],
    resources: [arn(at, "ssm", `parameter/ovenbird/${at.stage}/images/*`)],
  },
];

/** The key's own policy lets nobody else sign, whatever IAM says. */
export const sign = (at: Places): Permission => ({
  actions: ["kms:Sign"],
  resources: [at.signingKey],
  conditions: {
    StringEquals: { "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "DIGEST" },
  },
});

/** The half of the signing key that anybody may have. */
export const readPublicKey = (at: Places): Permission => ({
  actions: ["kms:GetPublicKey"],
  resources: [at.signingKey],
});

/** A published image is not removed, whatever asks for it. */
export const releaseImages = (at: Places): Permission[] => [
  listing("ec2:DescribeImages"),
  {
    actions: ["ec2:DeregisterImage"],
    resources: ec2(at, "image"),
    conditions: {
      StringEquals: {
        ...ours(at).StringEquals,
        "ec2:ResourceTag/ovenbird:state": "candidate",
      },
    },
  },
];

/** The stage's own copies of stock images, and nothing else of its. */
export const releaseCopies = (at: Places): Permission[] => [
  {
    actions: ["ec2:DeregisterImage"],
    resources: ec2(at, "image"),
    conditions: {
      StringEquals: { ...ours(at).StringEquals, "ec2:ResourceTag/ovenbird:role": "origin" },
    },
  },
];

export const announce = (at: Places): Permission[] => [
  { actions: ["sns:Publish"], resources: [at.topic] },
  keyThrough(at, "sns", "Decrypt", "GenerateDataKey"),
  {
    actions: ["events:PutEvents"],
    resources: [at.bus],
    conditions: { StringEquals: { "events:source": "ovenbird" } },
  },
];
