import { createHash } from "node:crypto";
import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";
import { page } from "./world.ts";

type Operations = Record<string, (input: never) => object | Promise<object>>;

/** What a builder does with a command that it is sent: an exit code, once it is done. */
export interface Played {
  /** Milliseconds that it takes. */
  after: number;
  exitCode: number;
  output?: string;
}

export interface Command {
  id: string;
  instanceId: string;
  comment: string;
  parameters: Record<string, string[]>;
  started: number;
  played: Played;
  isCancelled: boolean;
}

interface Parameter {
  value: string;
  version: number;
  at: number;
  history: { Name: string; Value: string; Description?: string | undefined; Version: number }[];
}

export interface ManagerOrder {
  clock: Clock;
  isOnline(instanceId: string): boolean;
  /** When it ends, in milliseconds since the epoch. */
  endsAt(instanceId: string): number;
  /** The builder's part in a command; what it writes elsewhere, it writes after its time. */
  play(instanceId: string, parameters: Record<string, string[]>): Played;
}

/** Systems Manager: parameters, managed instances, commands. */
export const openManager = ({ clock, isOnline, endsAt, play }: ManagerOrder) => {
  const parameters = new Map<string, Parameter>();
  const commands: Command[] = [];
  const statusOf = ({ instanceId, started, played, isCancelled }: Command): string => {
    if (isCancelled) return "Cancelled";
    // what its machine did not live to answer stays so until the command's time is up
    if (endsAt(instanceId) < started + played.after) return "InProgress";
    if (clock.now() < started + played.after) return "InProgress";
    return played.exitCode === 0 ? "Success" : "Failed";
  };
  const named = (id: string): Command => {
    const found = commands.find((one) => one.id === id);
    if (found === undefined) throw serviceError("InvalidCommandId", id);
    return found;
  };
  const about = (one: Command) => ({
    ...{ CommandId: one.id, InstanceId: one.instanceId, InstanceIds: [one.instanceId] },
    ...{ Comment: one.comment, Status: statusOf(one), StatusDetails: statusOf(one) },
    ...{ RequestedDateTime: new Date(one.started), Parameters: one.parameters },
  });
  let made = 0;
  const operations = {
    GetParameter({ Name = "" }: { Name?: string }) {
      const found = parameters.get(Name);
      if (found === undefined) throw serviceError("ParameterNotFound", Name);
      const { value, version, at } = found;
      return {
        Parameter: { Name, Value: value, Version: version, LastModifiedDate: new Date(at) },
      };
    },
    GetParameterHistory({ Name = "" }: { Name?: string }) {
      const found = parameters.get(Name);
      if (found === undefined) throw serviceError("ParameterNotFound", Name);
      return { Parameters: found.history };
    },
    GetParametersByPath({ Path = "", NextToken }: { Path?: string; NextToken?: string }) {
      const below = [...parameters.keys()].filter((name) => name.startsWith(`${Path}/`));
      const { items, next } = page(below, NextToken);
      return { Parameters: items.map((Name) => ({ Name })), NextToken: next };
    },
    DeleteParameter({ Name = "" }: { Name?: string }) {
      if (!parameters.delete(Name)) throw serviceError("ParameterNotFound", Name);
      return {};
    },
    PutParameter(input: {
      Name?: string;
      Value?: string;
      Description?: string;
      Overwrite?: boolean;
    }) {
      const { Name = "", Value = "", Description, Overwrite } = input;
      const before = parameters.get(Name);
      if (before !== undefined && Overwrite !== true) {
        throw serviceError("ParameterAlreadyExists", Name);
      }
      const version = (before?.version ?? 0) + 1;
      const entry = { Name, Value, Description, Version: version };
      const history = [...(before?.history ?? []), entry];
      parameters.set(Name, { value: Value, version, at: clock.now(), history });
      return { Version: version };
    },
    DescribeInstanceInformation({
      Filters = [],
    }: {
      Filters?: { Key?: string; Values?: string[] }[];
    }) {
      const ids = Filters.filter(({ Key }) => Key === "InstanceIds").flatMap(
        ({ Values = [] }) => Values,
      );
      const online = ids.filter(isOnline);
      return {
        InstanceInformationList: online.map((InstanceId) => ({ InstanceId, PingStatus: "Online" })),
      };
    },
    SendCommand(input: {
      InstanceIds?: string[];
      Comment?: string;
      Parameters?: Record<string, string[]>;
    }) {
      const [instanceId = ""] = input.InstanceIds ?? [];
      if (!isOnline(instanceId)) throw serviceError("InvalidInstanceId", instanceId);
      const given = input.Parameters ?? {};
      const command: Command = {
        ...{ id: `00000000-0000-4000-8000-${String(++made).padStart(12, "0")}`, instanceId },
        ...{ comment: input.Comment ?? "", parameters: given, started: clock.now() },
        ...{ played: play(instanceId, given), isCancelled: false },
      };
      commands.push(command);
      return { Command: about(command) };
    },
    ListCommands({
      CommandId,
      InstanceId,
      NextToken,
    }: {
      CommandId?: string;
      InstanceId?: string;
      NextToken?: string;
    }) {
      const found = commands.filter(
        (one) =>
          (CommandId === undefined || one.id === CommandId) &&
          (InstanceId === undefined || one.instanceId === InstanceId),
      );
      const { items, next } = page(found, NextToken);
      return { Commands: items.map(about), NextToken: next };
    },
    ListCommandInvocations({ CommandId, InstanceId }: { CommandId?: string; InstanceId?: string }) {
      const found = commands.filter(
        (one) =>
          (CommandId === undefined || one.id === CommandId) &&
          (InstanceId === undefined || one.instanceId === InstanceId),
      );
      return { CommandInvocations: found.map(about) };
    },
    GetCommandInvocation({ CommandId = "" }: { CommandId?: string }) {
      const one = named(CommandId);
      const isOver = statusOf(one) !== "InProgress";
      return {
        ...about(one),
        ResponseCode: isOver ? one.played.exitCode : -1,
        StandardOutputContent: isOver ? (one.played.output ?? "") : "",
        StandardErrorContent: "",
      };
    },
    CancelCommand({ CommandId = "" }: { CommandId?: string }) {
      const one = named(CommandId);
      if (statusOf(one) === "InProgress") one.isCancelled = true;
      return {};
    },
  };
  return { parameters, commands, operations: operations as unknown as Operations };
};

/** S3: objects of all buckets, by `bucket/key`. */
export const openStore = (clock: Clock) => {
  const objects = new Map<string, { body: Uint8Array; at: number }>();
  let written = 0;
  const versions = new Map<string, { body: Uint8Array; at: number }>();
  const findVersion = (bucket = "", key = "", versionId = "") => {
    const found = versions.get(`${bucket}/${key}?${versionId}`);
    if (found === undefined) throw serviceError("NoSuchVersion", "It does not exist.", 404);
    return found;
  };
  const find = (bucket = "", key = "") => {
    const found = objects.get(`${bucket}/${key}`);
    if (found === undefined)
      throw serviceError("NoSuchKey", "The specified key does not exist.", 404);
    return found;
  };
  const operations = {
    PutObject(input: {
      Bucket?: string;
      Key?: string;
      Body?: string | Uint8Array;
      IfNoneMatch?: string;
    }) {
      const path = `${input.Bucket}/${input.Key}`;
      if (input.IfNoneMatch === "*" && objects.has(path)) {
        throw serviceError(
          "PreconditionFailed",
          "At least one of the pre-conditions did not hold",
          412,
        );
      }
      objects.set(path, { body: Buffer.from(input.Body ?? ""), at: clock.now() });
      return { VersionId: `v${++written}` };
    },
    GetObject({ Bucket, Key, VersionId }: { Bucket?: string; Key?: string; VersionId?: string }) {
      const { body, at } =
        VersionId === undefined ? find(Bucket, Key) : findVersion(Bucket, Key, VersionId);
      const bytes = { transformToByteArray: async () => body };
      const text = { transformToString: async () => Buffer.from(body).toString("utf8") };
      return {
        Body: { ...bytes, ...text },
        ContentLength: body.length,
        LastModified: new Date(at),
      };
    },
    HeadObject({ Bucket, Key }: { Bucket?: string; Key?: string }) {
      const { body, at } = find(Bucket, Key);
      return { ContentLength: body.length, LastModified: new Date(at) };
    },
    CopyObject({
      Bucket,
      Key,
      CopySource = "",
    }: {
      Bucket?: string;
      Key?: string;
      CopySource?: string;
    }) {
      const [bucket, ...key] = decodeURIComponent(CopySource).replace(/^\//, "").split("/");
      const { body } = find(bucket, key.join("/").replace(/\?versionId=.*$/, ""));
      objects.set(`${Bucket}/${Key}`, { body, at: clock.now() });
      const sum = createHash("sha256").update(body).digest("base64");
      return { CopyObjectResult: { ChecksumSHA256: sum } };
    },
    DeleteObject({ Bucket, Key }: { Bucket?: string; Key?: string }) {
      objects.delete(`${Bucket}/${Key}`);
      return {};
    },
    DeleteObjects({
      Bucket,
      Delete,
    }: {
      Bucket?: string;
      Delete?: { Objects?: { Key?: string }[] };
    }) {
      for (const { Key } of Delete?.Objects ?? []) objects.delete(`${Bucket}/${Key}`);
      return {};
    },
    ListObjectVersions({ Bucket, KeyMarker }: { Bucket?: string; KeyMarker?: string }) {
      const own = [...objects.keys()].filter((path) => path.startsWith(`${Bucket}/`)).toSorted();
      const after = own.filter((path) => KeyMarker === undefined || path > KeyMarker);
      const { items, next } = page(after, undefined);
      return {
        Versions: items.map((path) => ({ Key: path.slice(`${Bucket}/`.length), VersionId: "v1" })),
        ...{ IsTruncated: next !== undefined, NextKeyMarker: next && items.at(-1) },
      };
    },
    GetBucketLogging: () => ({}),
    ListObjectsV2({
      Bucket,
      Prefix = "",
      ContinuationToken,
    }: {
      Bucket?: string;
      Prefix?: string;
      ContinuationToken?: string;
    }) {
      const start = `${Bucket}/`;
      const keys = [...objects.keys()]
        .filter((path) => path.startsWith(`${start}${Prefix}`))
        .map((path) => path.slice(start.length))
        .toSorted();
      const { items, next } = page(keys, ContinuationToken);
      return {
        Contents: items.map((Key) => ({ Key, LastModified: new Date(find(Bucket, Key).at) })),
        ...{ IsTruncated: next !== undefined, NextContinuationToken: next },
      };
    },
  };
  return { objects, versions, operations: operations as unknown as Operations };
};

/** SNS and EventBridge: what was told, in order. */
export const openBoard = () => {
  const messages: { topic: string; text: string }[] = [];
  const events: { source: string; type: string; detail: string }[] = [];
  const operations = {
    Publish({ TopicArn = "", Message = "" }: { TopicArn?: string; Message?: string }) {
      messages.push({ topic: TopicArn, text: Message });
      return { MessageId: String(messages.length) };
    },
    PutEvents({
      Entries = [],
    }: {
      Entries?: { Source?: string; DetailType?: string; Detail?: string }[];
    }) {
      for (const { Source = "", DetailType = "", Detail = "" } of Entries) {
        events.push({ source: Source, type: DetailType, detail: Detail });
      }
      return { FailedEntryCount: 0, Entries: [] };
    },
  };
  return { messages, events, operations: operations as unknown as Operations };
};
