import {
  type CreateTagsRequest,
  EC2Client,
  EC2ServiceException,
  type RunInstancesRequest,
} from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import * as ssm from "@aws-sdk/client-ssm";
import { AskedOnce } from "../../../aws/machine/asked-once.ts";
import { once, retries } from "../../../aws/retries.ts";
import { openBuckets } from "./buckets.ts";
import type { Clock } from "./clock.ts";
import { type Fate, openMachines } from "./compute.ts";
import {
  errorOf,
  type Faults,
  lost,
  openFaults,
  type ServiceError,
  serviceError,
} from "./faults.ts";
import { openDisks } from "./images.ts";
import { openGroups } from "./groups.ts";
import { openBoard, openManager, openStore, type Played } from "./other-services.ts";
import { type Latencies, type PageSize, usualLatencies } from "./world.ts";

export interface DoubleOrder {
  clock: Clock;
  latencies?: Partial<Latencies>;
  /** Whether EC2's token buckets are applied. */
  throttles?: boolean;
  /** Whether pages are as long as EC2's: of what is asked for, at most 1,000. */
  longPages?: boolean;
  /** What becomes of instances; they live when absent. */
  fate?(request: RunInstancesRequest): Fate;
  /** The builders' part in commands. */
  play(instanceId: string, parameters: Record<string, string[]>): Played;
}

export interface Call {
  name: string;
  input: object;
  at: number;
  /** Whether it is one of EC2's. */
  isEc2: boolean;
  /** Whether no throttle and no planned fault kept it from its effect. */
  wasLet?: boolean;
}

interface Sent {
  constructor: { name: string };
  input: object;
  middlewareStack: { identify(): string[] };
}

const account = "123456789012";
const region = "eu-west-1";
const credentials = { accessKeyId: "double", secretAccessKey: "double" };

/** An error of these is tried again by the client itself. */
const passing = new Set(["RequestLimitExceeded", "InternalError", "TimeoutError"]);

/** Milliseconds before it is, as the SDK has them: at random, and at most this. */
const longestPause = (name: string, attempt: number): number =>
  Math.min(20_000, (name === "RequestLimitExceeded" ? 500 : 100) * 2 ** (attempt - 1));

/**
 * An AWS that remembers: what is made is there after a while, ends, is told in pages, throttles, and
 * fails as it is told to. Its clients are the SDK's own, but for what they send over.
 */
export const openDouble = (order: DoubleOrder) => {
  const { clock, latencies, throttles, fate, play } = order;
  const pageSize: PageSize = (asked = 1000) => (order.longPages === true ? asked : undefined);
  const times = { ...usualLatencies, ...latencies };
  const faults: Faults = openFaults();
  const calls: Call[] = [];
  const failures: string[] = [];
  const machines = openMachines({
    ...{ clock, pageSize, latencies: times },
    fate: fate ?? (() => ({})),
  });
  const disks = openDisks({
    ...{ clock, latencies: times, account, pageSize },
    sizeOf: (id) => machines.volumes.named(id).request.Size ?? 8,
    failure: () => failures.shift(),
  });
  const manager = openManager({ clock, isOnline: machines.isOnline, play });
  const store = openStore(clock);
  const board = openBoard();
  const isLet = throttles === true ? openBuckets(clock) : () => true;
  const network = openGroups(clock, times, (groupId) => machines.isInGroup(groupId));
  const tagging = {
    CreateTags({ Resources = [], Tags = [] }: CreateTagsRequest) {
      const kinds = [machines.instances, machines.volumes, disks.snapshots, disks.images];
      for (const id of Resources) {
        const one = kinds.map((kind) => kind.get(id)).find((found) => found !== undefined);
        if (one === undefined) throw serviceError("InvalidID", `The ID '${id}' is not valid`);
        const kept = one.tags.filter(({ Key }) => !Tags.some((tag) => tag.Key === Key));
        one.tags = [...kept, ...Tags];
      }
      return {};
    },
  };
  const ofEc2 = { ...machines.operations, ...disks.operations, ...network.operations, ...tagging };
  const operations: Record<string, (input: never) => object | Promise<object>> = {
    ...{ ...ofEc2, ...manager.operations, ...store.operations, ...board.operations },
  };
  const call = async (name: string, input: object): Promise<object> => {
    const made: Call = { name, input, at: clock.now(), isEc2: Object.hasOwn(ofEc2, name) };
    calls.push(made);
    await clock.sleep(times.call / 2);
    const fault = faults.meet(name);
    if (fault !== undefined && fault.kind !== "reply-lost")
      throw ofService(name, errorOf(name, fault));
    if (Object.hasOwn(ofEc2, name) && !isLet(name))
      throw ofService(name, errorOf(name, { kind: "throttled" }));
    const operation = operations[name];
    if (operation === undefined)
      throw serviceError("UnknownOperation", `the double knows no ${name}`);
    made.wasLet = true;
    const answer = await answerOf(name, () => operation(input as never));
    await clock.sleep(times.call / 2);
    if (fault !== undefined) throw lost(name);
    return answer;
  };
  const answerOf = async (name: string, work: () => object | Promise<object>): Promise<object> => {
    try {
      return await work();
    } catch (error) {
      throw ofService(name, error as ServiceError);
    }
  };
  const ofService = (name: string, error: ServiceError): Error => {
    const { message, $metadata, $fault } = error;
    const about = { name: error.name, message, $metadata, $fault };
    if (Object.hasOwn(ofEc2, name)) return new EC2ServiceException(about);
    if (Object.hasOwn(store.operations, name)) return new S3ServiceException(about);
    const type = (ssm as unknown as Record<string, new (about: object) => Error>)[error.name];
    return type === undefined ? new ssm.SSMServiceException(about) : new type(about);
  };
  const sending =
    (maxAttempts: number) =>
    async (command: Sent): Promise<object> => {
      const name = command.constructor.name.replace(/Command$/, "");
      // the only middleware of ours: aws/machine/asked-once.ts
      const isOnce = command.middlewareStack.identify().some((one) => one.startsWith("askedOnce"));
      for (let attempt = 1; ; attempt++) {
        try {
          return await call(name, command.input);
        } catch (error) {
          if (!(error instanceof Error) || !passing.has(error.name)) throw error;
          if (isOnce && error.name === "RequestLimitExceeded") throw new AskedOnce(error);
          if (attempt >= maxAttempts) throw error;
          await clock.sleep(Math.random() * longestPause(error.name, attempt));
        }
      }
    };
  const client = <T extends object>(
    one: T,
    { maxAttempts }: { maxAttempts: number } = retries,
  ): T => Object.assign(one, { send: sending(maxAttempts) });
  return {
    ...{
      faults,
      calls,
      failures,
      groups: network.groups,
      ...machines,
      ...disks,
      ...manager,
      ...store,
      ...board,
    },
    ec2: client(new EC2Client({ region, credentials })),
    pollingEc2: client(new EC2Client({ region, credentials }), once),
    ssm: client(new ssm.SSMClient({ region, credentials })),
    s3: client(new S3Client({ region, credentials })),
    sns: client(new SNSClient({ region, credentials })),
    eventBridge: client(new EventBridgeClient({ region, credentials })),
    ...{ account, region, sleep: clock.sleep },
  };
};
export type Double = ReturnType<typeof openDouble>;
