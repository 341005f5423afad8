import { tagKeys } from "../tags.ts";
import type { Machine } from "./instances.ts";
import { fullQuota } from "./refusals.ts";

/** What to do after a machine ended before it was of use. */
export type Death =
  | { next: "another" }
  /** It would end the same way, until somebody gives back what it lacks. */
  | { next: "wait"; why: string }
  | { next: "give up"; why: string };

/** How often EC2 may fail with its machines before we stop asking for more. */
const most = 5;

/** Milliseconds between two machines that end for one quota: each costs a minute. */
const pause = 60_000;

/** Milliseconds between two machines that are given back for one quota: nobody gives it back soon. */
const givenBackPause = 5 * 60_000;

/**
 * What the ends of a bake's machines mean together, the oldest first. EC2 says some things only as
 * the reason of a state: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.
 */
export const judgeDeaths = (machines: readonly Machine[], keyArn: string): Death => {
  const quota = quotaOf(machines.at(-1));
  if (quota !== undefined) return { next: "wait", why: quota };
  const dead = machines.filter(({ tags }) => !tags.has(tagKeys.surplus));
  const last = dead.at(-1);
  if (last === undefined) return { next: "another" };
  const failures = dead.filter(({ reason }) => reason.code.startsWith("Server."));
  if (failures.length < most) return judge(last, keyArn);
  const ends = failures.map((machine) => `${machine.id} (${reasonOf(machine)})`).join(", ");
  return { next: "give up", why: `ended ${failures.length} times before it was up: ${ends}` };
};

/** In words, the quota for which the machine was given back a moment ago. */
const quotaOf = (machine: Machine | undefined): string | undefined =>
  machine !== undefined && Date.now() - machine.launched.getTime() < givenBackPause
    ? fullQuota(machine.tags.get(tagKeys.surplus) ?? "")
    : undefined;

const judge = (machine: Machine, keyArn: string): Death => {
  const { id, reason, spot, launched } = machine;
  const [side = "", ...rest] = reason.code.split(".");
  const code = rest.join(".");
  if (side === "Server") return { next: "another" };
  const quota = fullQuota(code);
  if (quota === undefined) return { next: "give up", why: `${id} ${wordsFor(code, spot, keyArn)}` };
  const isNew = Date.now() - launched.getTime() < pause;
  return isNew ? { next: "wait", why: quota } : { next: "another" };
};

const wordsFor = (code: string, spot: boolean, keyArn: string): string => {
  if (code === "InternalError") return `${ended}: ${mayNotUse(keyArn, spot)}`;
  if (code.startsWith("InvalidKMSKey")) {
    return `${ended}: the KMS key ${keyArn} cannot be used (${code}); is it enabled, not about to be deleted, and of this region?`;
  }
  if (code === "InvalidSnapshot.NotFound") {
    return `${ended}: the snapshot that its image is made of is gone; the image has to be made anew`;
  }
  if (code === "UserInitiatedShutdown") {
    return "was ended from outside: by a person, the release of its bake, or the sweep; start a new bake";
  }
  if (code === "InstanceInitiatedShutdown") {
    return "shut itself down: its own programs did that, or its time was up";
  }
  return `${ended}; EC2 gives ${code === "" ? "no reason" : `${code} as the reason`}`;
};

const ended = "ended before it was up";

/**
 * What a key's policy lacks when EC2 cannot start a machine with an encrypted disk, or the disk
 * vanishes. Spot machines are started by a role of EC2's own.
 */
export const mayNotUse = (keyArn: string, spot: boolean): string =>
  `EC2 could not use the KMS key ${keyArn} for its encrypted disk; the role of this function needs kms:CreateGrant on it (with kms:GrantIsForAWSResource), kms:Decrypt, kms:DescribeKey and kms:GenerateDataKeyWithoutPlaintext${spot ? ", and the service-linked role AWSServiceRoleForEC2Spot needs a grant with the same operations" : ""}`;

/** EC2's own words for the end of a machine. */
export const reasonOf = ({ state, reason }: Machine): string =>
  reason.message || reason.code || `it is ${state}`;
