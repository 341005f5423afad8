import { createHash } from "node:crypto";
import {
  type BlockDeviceMapping,
  EC2ServiceException,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import { setTimeout as sleep } from "node:timers/promises";
import { NotPermitted } from "../../core/errors.ts";
import type { BakeId } from "../../core/ids.ts";
import { notPermitted } from "../../core/not-permitted.ts";
import { type Role, tagged, tagsOf } from "../tags.ts";
import { AskedOnce } from "./asked-once.ts";
import { type Candidate, inWords } from "./candidates.ts";
import { isAlive, type Machine, machineOf, type Machines } from "./instances.ts";
import { isUnwell, refusal } from "./refusals.ts";

export interface LaunchOrder {
  bake: BakeId;
  role: Role;
  imageId: string;
  disks: BlockDeviceMapping[];
  securityGroupIds: string[];
  /** A program for /bin/sh, run as root when it boots first. */
  userData: string;
  /** Whether a throttled launch is tried again in this call: not where room is scarce. */
  pushes: boolean;
  /** In the order in which they are tried. */
  candidates: readonly Candidate[];
  /** Machines of the bake that ended: another one must not have the token of one of these. */
  dead: readonly Machine[];
}

/** A machine; or what it waits for; or why there cannot be one. */
export type Launched =
  { machine: Machine } | { waitsFor: string; isThrottled: boolean } | { refused: string };

/** Milliseconds that one call tries candidates for: a task's function has a minute. */
const patience = 30_000;

/**
 * Starts one machine on the first candidate that EC2 has. Throws NotPermitted, and what EC2 itself
 * failed with.
 */
export const launch = async (aws: Machines, order: LaunchOrder): Promise<Launched> => {
  const misses: string[] = [];
  let hope = false;
  const end = Date.now() + patience;
  for (const candidate of order.candidates) {
    if (Date.now() > end) return waiting(`capacity; so far: ${misses.join("; ")}`);
    const answer = await inTurn(order, () => start(aws, order, candidate));
    if ("machine" in answer) return answer;
    if (answer.means === "never") return { refused: answer.why };
    if (answer.means === "wait") return waiting(answer.why, answer.isThrottled);
    misses.push(`${inWords(candidate)}: ${answer.why}`);
    hope ||= !answer.lasting;
  }
  return hope
    ? waiting(`capacity; nothing that was asked for is to be had: ${misses.join("; ")}`)
    : { refused: `no zone of the network offers what was asked for: ${misses.join("; ")}` };
};

const waiting = (waitsFor: string, isThrottled = false) => ({ waitsFor, isThrottled });

/** Milliseconds for which, and the longest after which, a throttled launch is asked for again. */
const turns = { most: 12_000, pause: 4000 };

/**
 * EC2 lets an account start two machines a second: of many that ask at once each has to try again,
 * at random. Where there is room, that is cheaper than to look again what there is.
 */
const inTurn = async (
  { pushes }: Pick<LaunchOrder, "pushes">,
  ask: () => ReturnType<typeof start>,
): ReturnType<typeof start> => {
  const end = Date.now() + (pushes ? turns.most : 0);
  for (;;) {
    const answer = await ask();
    const again = "means" in answer && answer.means === "wait" && answer.isThrottled;
    if (!again || Date.now() >= end) return answer;
    await sleep(Math.random() * turns.pause);
  }
};

/**
 * A reply that EC2 repeats may be of a machine that has ended since and is forgotten: it is then
 * one more of the dead, and asked again.
 */
const start = async (aws: Machines, order: LaunchOrder, candidate: Candidate) => {
  const machine = await run(aws, order, candidate);
  if (!("machine" in machine) || isNew(machine.machine)) return machine;
  return run(aws, { ...order, dead: [...order.dead, machine.machine] }, candidate);
};

/** Milliseconds after which a machine that no search finds is a forgotten one. */
const forgotten = 600_000;

const isNew = (machine: Machine): boolean =>
  isAlive(machine) && Date.now() - machine.launched.getTime() < forgotten;

const run = async ({ ec2, stage }: Machines, order: LaunchOrder, candidate: Candidate) => {
  const request = requestOf({ stage }, order, candidate);
  const command = new RunInstancesCommand({ ...request, ClientToken: token(order, request) });
  try {
    const { Instances = [] } = await ec2.send(AskedOnce.of(command));
    return { machine: machineOf(Instances[0]) };
  } catch (error) {
    if (error instanceof AskedOnce) return refusal(error.answer);
    throwDenial(error, candidate);
    if (error instanceof EC2ServiceException && !isUnwell(error)) return refusal(error);
    throw error;
  }
};

/** Throws NotPermitted: of spot capacity it is said too that it is what the recipe asks for. */
const throwDenial = (error: unknown, { market }: Candidate): void => {
  const denied = notPermitted(error);
  if (denied === undefined) return;
  if (market === "on-demand") throw denied;
  throw new NotPermitted(
    `a builder on spot capacity, which the recipe asks for, cannot be started: ${denied.message}`,
    { cause: error },
  );
};

/**
 * A bake's id and a hash of all that is asked for, subnet and market among it: the same request
 * finds its machine when its reply was lost, and another request never has its token. At most 64
 * characters, EC2's limit.
 */
const token = ({ bake, dead }: LaunchOrder, request: RunInstancesCommandInput): string => {
  const asked = JSON.stringify([request, dead.map(({ id }) => id)]);
  return `${bake}-${createHash("sha256").update(asked).digest("hex").slice(0, 15)}`;
};

const requestOf = (
  { stage }: Pick<Machines, "stage">,
  { bake, role, ...order }: LaunchOrder,
  { instanceType, subnetId, market }: Candidate,
): RunInstancesCommandInput => ({
  ...{ ImageId: order.imageId, MinCount: 1, MaxCount: 1, SubnetId: subnetId },
  InstanceType: instanceType as NonNullable<RunInstancesCommandInput["InstanceType"]>,
  SecurityGroupIds: order.securityGroupIds,
  IamInstanceProfile: { Name: stage.builders.instanceProfile },
  BlockDeviceMappings: order.disks,
  UserData: Buffer.from(order.userData).toString("base64"),
  InstanceInitiatedShutdownBehavior: "terminate",
  // tags in the metadata: a kept builder reads there how long it is kept
  MetadataOptions: {
    ...{ HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: 1 },
    InstanceMetadataTags: "enabled",
  },
  ...(market === "spot" && {
    InstanceMarketOptions: {
      MarketType: "spot",
      SpotOptions: { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate" },
    },
  }),
  TagSpecifications: tagged(
    tagsOf({ stage, bake, role }),
    ...(["instance", "volume", "network-interface"] as const),
    ...(market === "spot" ? (["spot-instances-request"] as const) : []),
  ),
});
