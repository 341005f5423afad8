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
import { retries } from "../../../aws/retries.ts";
import { openBoard } from "./board.ts";
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
import { newKey, openKeys } from "./keys.ts";
import { openGroups } from "./groups.ts";
import { openManager, type Played } from "./manager.ts";
import { openStore } from "./store.ts";
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
  /** Runs what a call does; when absent, that is all. */
  around?<Answer>(call: string, effect: () => Promise<Answer>): Promise<Answer>;
  /** The function that makes a call, where functions make them. */
  by?(): string | undefined;
  /** The builders' part in commands. */
  play(instanceId: string, parameters: Record<string, string[]>): Played;
  /** Operations that only some tests need, or that are other than these. */
  more?(base: Operations): Operations;
}

export type Operations = Record<string, (input: never) => object | Promise<object>>;

export interface Call {
  name: string;
  input: object;
  at: number;
  /** The function's name that made it. */
  by: string | undefined;
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

/** A client of the SDK's. */
interface Sender {
  config: { maxAttempts(): Promise<number> };
}

const account = "123456789012";
const region = "eu-west-1";
const credentials = { accessKeyId: "double", secretAccessKey: "double" };
const settings = { ...retries, region, credentials };

/** An error of these is tried again by the client itself. */
const passing = new Set(["RequestLimitExceeded", "InternalError", "TimeoutError"]);

/** Milliseconds before it is, as the SDK has them: at random, and at most this. */
const longestPause = (name: string, attempt: number): number =>
  Math.min(20_000, (name === "RequestLimitExceeded" ? 500 : 100) * 2 ** (attempt - 1));

/** Of all doubles: functions that live on from one to the next remember its public half. */
const signingKey = newKey();

/**
 * An AWS that remembers: what is made is there after a while, ends, is told in pages, throttles, and
 * fails as it is told to. Its clients are the SDK's own, but for what they send over.
 */
export const openDouble = (order: DoubleOrder) => {
  const { clock, latencies, throttles, fate, play, more } = order;
  const pageSize: PageSize = (asked = 1000) => (order.longPages === true ? asked : undefined);
  const around = order.around ?? ((_, effect) => effect());
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
    isEncrypted: (id) => machines.volumes.named(id).request.Encrypted === true,
    failure: () => failures.shift(),
  });
  const manager = openManager({
    ...{ clock, isOnline: machines.isOnline, play },
    endsAt: (id) => machines.instances.get(id)?.endsAt ?? 0,
  });
  const store = openStore(clock);
  const board = openBoard();
  const keys = openKeys(signingKey);
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
  const base: Operations = {
    ...{ ...ofEc2, ...manager.operations, ...store.operations, ...board.operations },
    ...(keys.operations as unknown as Operations),
  };
  const further = more?.(base) ?? {};
  const operations: Operations = { ...base, ...further };
  const call = async (name: string, input: object): Promise<object> => {
    const by = order.by?.();
    const made: Call = { name, input, at: clock.now(), by, isEc2: Object.hasOwn(ofEc2, name) };
    calls.push(made);
    await clock.sleep(times.call / 2);
    const fault = faults.meet(name, by);
    if (fault !== undefined && fault.kind !== "reply-lost")
      throw ofService(name, errorOf(name, fault));
    if (Object.hasOwn(ofEc2, name) && !isLet(name))
      throw ofService(name, errorOf(name, { kind: "throttled" }));
    const operation = operations[name];
    if (operation === undefined)
      throw serviceError("UnknownOperation", `the double knows no ${name}`);
    made.wasLet = true;
    const answer = await around(name, () => answerOf(name, () => operation(input as never)));
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
    if (Object.hasOwn(further, name) && !Object.hasOwn(base, name)) return error;
    const type = (ssm as unknown as Record<string, new (about: object) => Error>)[error.name];
    return type === undefined ? new ssm.SSMServiceException(about) : new type(about);
  };
  /** What a client sends by, which is tried as often as it was made for. */
  const sending =
    ({ config }: Sender) =>
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
          if (attempt >= (await config.maxAttempts())) throw error;
          await clock.sleep(Math.random() * longestPause(error.name, attempt));
        }
      }
    };
  const client = <T extends Sender>(one: T): T => Object.assign(one, { send: sending(one) });
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
      ...{ operations, digests: keys.digests },
    },
    client,
    ec2: client(new EC2Client(settings)),
    ssm: client(new ssm.SSMClient(settings)),
    s3: client(new S3Client(settings)),
    sns: client(new SNSClient(settings)),
    eventBridge: client(new EventBridgeClient(settings)),
    ...{ account, region, sleep: clock.sleep },
  };
};
export type Double = ReturnType<typeof openDouble>;
