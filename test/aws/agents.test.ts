import { createHash } from "node:crypto";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateDocumentCommand,
  InvalidInstanceId,
  InvocationDoesNotExist,
  ListCommandsCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ssmAgents } from "../../aws/agents.ts";
import type { EndOfBuilder } from "../../aws/builder-end.ts";
import { agentDocument } from "../../aws/document.ts";
import { BuilderOrder } from "../../core/builder-order.ts";
import { type BakeId, BuilderId, VolumeId } from "../../core/ids.ts";
import type { AgentResult, ResolvedRecipe } from "../../core/job.ts";
import type { AgentOrder } from "../../core/ports.ts";
import { newSealKey, unseal } from "../../core/sealed.ts";
import { noStay, type Stay } from "../../core/stay.ts";
import { recipeOf } from "../support/agent-run.ts";
import { disk, someBake } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { someStage } from "../support/stage.ts";

const packed = "a package";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const agentPackages = {
  x86_64: { bucket: "test-artifacts", key: "agent/x86_64.tar.gz", sha256: sha256(packed) },
  arm64: { bucket: "test-artifacts", key: "agent/arm64.tar.gz", sha256: sha256("another") },
};
const stage = someStage({ agentPackages });
const Bucket = stage.artifactBucket;

const orderFor = (recipe: Partial<ResolvedRecipe> = {}): AgentOrder & { folder: string } => {
  const bake = someBake();
  const builderId = BuilderId.parse(`i-${sha256(bake).slice(0, 17)}`);
  return {
    ...{ bake, builderId, volumeId: VolumeId.parse("vol-0123456789abcdef0") },
    recipe: recipeOf(recipe),
    origin: { kind: "scratch", distribution: "debian", suite: "trixie" },
    ...{ architecture: "x86_64", rootVolumeSize: 2 },
    folder: `builders/${stage.builders.roleId}:${builderId}/`,
  };
};
const fault = { $metadata: {}, message: "not yet" };
const spotLoss: EndOfBuilder = { told: "EC2 took the capacity back", isSpotLoss: true };
const throwing = (error: Error) => () => {
  throw error;
};

describe.skipIf(noMoto !== "")(`agents on AWS${noMoto}`, () => {
  let moto: Moto;
  let s3: S3Client;
  let ssm: SSMClient;
  let logs: CloudWatchLogsClient;
  /** What Systems Manager says of commands; moto always says Success. */
  let answers: Partial<Record<string, () => object>>;
  let sent: { name: string; input: object }[];
  let ended: EndOfBuilder | undefined;
  let asked: number;

  // one moto for all: each bake has ids of its own
  beforeAll(async () => {
    [answers, sent] = [{}, []];
    moto = await openMoto();
    s3 = new S3Client({ ...moto.client, forcePathStyle: true });
    ssm = new SSMClient(moto.client);
    logs = new CloudWatchLogsClient(moto.client);
    ssm.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (args) => {
          sent.push({ name: commandName, input: args.input });
          const answer = answers[commandName];
          if (answer === undefined) return next(args);
          return { output: { $metadata: {}, ...answer() }, response: {} };
        },
      { step: "initialize" },
    );
    const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    for (const { key } of Object.values(agentPackages)) await put(key, packed);
    await logs.send(new CreateLogGroupCommand({ logGroupName: stage.agentLogGroup }));
    const Content = JSON.stringify(agentDocument());
    const order = { Content, Name: stage.documentName, DocumentType: "Command" } as const;
    await ssm.send(new CreateDocumentCommand(order));
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  beforeEach(() => {
    answers = { GetCommandInvocationCommand: () => ({ Status: "InProgress" }) };
    [sent, ended, asked] = [[], undefined, 0];
  });

  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const text = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? "";
  };
  /** Keys of a bake and its builder. */
  const keysOf = async ({ bake, folder }: { bake: BakeId; folder: string }) => {
    const lists = [`bakes/${bake}/`, folder].map(async (Prefix) => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key = "" }) => Key);
    });
    return (await Promise.all(lists)).flat();
  };
  const port = (more = {}, stay: Stay = noStay) =>
    ssmAgents({
      ...{ ssm, s3, logs, stage: { ...stage, ...more }, stay },
      async builderEnd() {
        asked++;
        return ended;
      },
    });

  const running = { name: "AgentRunning" };
  const begun = async (recipe: Partial<ResolvedRecipe> = {}) => {
    const order = orderFor(recipe);
    await expect(port().run(order)).rejects.toMatchObject(running);
    return order;
  };
  const gives = async ({ folder }: { folder: string }, result: AgentResult) => {
    await put(`${folder}inventory.json.gz`, "an inventory");
    await put(`${folder}result.json`, JSON.stringify(result));
  };
  const cancelled = () => sent.filter(({ name }) => name === "CancelCommandCommand");
  const commandsSent = () => sent.filter(({ name }) => name === "SendCommandCommand");
  const statuses = () => sent.filter(({ name }) => name === "GetCommandInvocationCommand");

  test("a builder is told by reference and checksum, and its command is sent once", async () => {
    const order = orderFor();
    await put(`bakes/${order.bake}/bundle.tar.gz`, "a bundle");
    for (let times = 0; times < 3; times++) {
      await expect(port().run(order)).rejects.toMatchObject(running);
    }
    const job = await text(`${order.folder}job.json`);
    expect(BuilderOrder.parse(JSON.parse(job))).toMatchObject({
      ...{ bake: order.bake, volumeId: order.volumeId, bundle: { sha256: sha256("a bundle") } },
    });
    expect(await text(`${order.folder}agent.tar.gz`)).toBe(packed);
    expect(await text(`${order.folder}bundle.tar.gz`)).toBe("a bundle");
    expect(commandsSent().map(({ input }) => input)).toEqual([
      {
        ...{ DocumentName: "test-agent", InstanceIds: [order.builderId], Comment: order.bake },
        TimeoutSeconds: 600,
        Parameters: {
          ...{ bake: [order.bake], bucket: [Bucket], region: ["eu-west-1"] },
          ...{ prefix: [order.folder], logGroup: [stage.agentLogGroup] },
          ...{ agentSha256: [sha256(packed)], orderSha256: [sha256(job)] },
          executionTimeout: ["21600"],
        },
      },
    ]);
  });

  test("what is sent fits the document's patterns", async () => {
    await begun();
    const { parameters } = agentDocument();
    const [{ input } = { input: {} }] = commandsSent();
    const given = (input as { Parameters: Record<string, string[]> }).Parameters;
    expect(Object.keys(given).toSorted()).toEqual(Object.keys(parameters).toSorted());
    for (const [name, [value]] of Object.entries(given)) {
      expect(value).toMatch(new RegExp(parameters[name]?.allowedPattern ?? "nothing"));
    }
  });

  test("a command whose answer was lost is found by its comment", async () => {
    const order = await begun();
    await s3.send(
      new DeleteObjectCommand({ Bucket, Key: `bakes/${order.bake}/agent-command.json` }),
    );
    await expect(port().run(order)).rejects.toMatchObject(running);
    expect(commandsSent()).toHaveLength(1);
    const { Commands } = await ssm.send(new ListCommandsCommand({ InstanceId: order.builderId }));
    expect(Commands).toHaveLength(1);
  });

  test("a result is answered, with inventory and steps' times moved to the bake, as often as it is asked for", async () => {
    const order = await begun();
    const steps = [{ name: "nginx", began: 1000, seconds: 3, status: "succeeded" as const }];
    await gives(order, { status: "succeeded", disk, steps });
    expect(await port().run(order)).toEqual(disk);
    expect(await port().run(order)).toEqual(disk);
    expect(JSON.parse((await text(`bakes/${order.bake}/agent-steps.json`)) ?? "")).toEqual(steps);
    expect(await text(`bakes/${order.bake}/inventory.json.gz`)).toBe("an inventory");
    expect(await keysOf(order)).not.toContain(`${order.folder}inventory.json.gz`);
  });

  test("of what a builder says of a failure a state machine's data takes the beginning", async () => {
    const order = await begun();
    await gives(order, { status: "failed", error: "StepFailed", message: "x".repeat(100_000) });
    await expect(port().run(order)).rejects.toMatchObject({
      ...{ name: "StepFailed", message: "x".repeat(32_000) },
    });
  });

  test("an agent that left no result has died, and its last lines tell how far it came", async () => {
    const order = await begun();
    const names = { logGroupName: stage.agentLogGroup, logStreamName: order.bake };
    await logs.send(new CreateLogStreamCommand(names));
    const at = Date.now();
    const events = [
      { event: "step-started", at, step: "shell" },
      { event: "step-output", at, step: "shell", text: "half of it" },
    ];
    const logEvents = events.map((event) => ({ timestamp: at, message: JSON.stringify(event) }));
    await logs.send(new PutLogEventsCommand({ ...names, logEvents }));
    answers = {
      GetCommandInvocationCommand: () => ({
        ...{ Status: "Failed", StatusDetails: "Failed", ResponseCode: 137 },
        StandardErrorContent: "Killed\n",
      }),
    };
    await expect(port().run(order)).rejects.toMatchObject({
      name: "AgentDied",
      message: `the builder ${order.builderId} ended its command with status 137 (Failed) and left no result\nKilled\nthe last that it told:\nstep shell: started\nhalf of it`,
    });
  });

  test("an invocation that Systems Manager does not know yet is waited for", async () => {
    const order = await begun();
    answers = { GetCommandInvocationCommand: throwing(new InvocationDoesNotExist(fault)) };
    await expect(port().run(order)).rejects.toMatchObject(running);
  });

  test("a builder that Systems Manager does not know yet is waited for, and one that is gone is not", async () => {
    const order = orderFor();
    answers["SendCommandCommand"] = throwing(new InvalidInstanceId(fault));
    await expect(port().run(order)).rejects.toMatchObject(running);
    await expect(port().run(order)).rejects.toMatchObject(running);
    ended = { told: "the builder is gone", isSpotLoss: false };
    await expect(port().run(order)).rejects.toMatchObject({
      ...{ name: "AgentDied", message: "the builder is gone, before its agent was started" },
    });
    ended = spotLoss;
    await expect(port().run(order)).rejects.toMatchObject({
      ...{ name: "SpotLost", message: `${spotLoss.told}, before its agent was started` },
    });
    ended = undefined;
    delete answers["SendCommandCommand"];
    await expect(port().run(order)).rejects.toMatchObject(running);
    expect(commandsSent()).toHaveLength(5);
  });

  test("what a builder tells while EC2 takes its capacity back is no failure of the recipe", async () => {
    const order = await begun();
    ended = spotLoss;
    answers = { GetCommandInvocationCommand: () => ({ Status: "Failed" }) };
    await expect(port().run(order)).rejects.toMatchObject({
      ...{ name: "SpotLost", message: spotLoss.told },
    });
    await gives(order, { status: "failed", error: "StepFailed", message: "killed" });
    await expect(port().run(order)).rejects.toMatchObject({ name: "SpotLost" });
    ended = undefined;
    await expect(port().run(order)).rejects.toMatchObject({ name: "StepFailed" });
  });

  test("another builder of the bake has a command of its own", async () => {
    const one = await begun();
    const other = { ...orderFor(), bake: one.bake };
    await expect(port().run(other)).rejects.toMatchObject(running);
    expect(commandsSent().map(({ input }) => input)).toMatchObject([
      { InstanceIds: [one.builderId] },
      { InstanceIds: [other.builderId] },
    ]);
    answers["CancelCommandCommand"] = () => ({});
    await port().release(one.bake);
    expect(cancelled().map(({ input }) => input)).toMatchObject([
      { InstanceIds: [other.builderId] },
    ]);
  });

  const requestedAgo = (order: AgentOrder, seconds: number) => {
    const requested = new Date(Date.now() - seconds * 1000).toISOString();
    const command = { id: "0".repeat(36), builderId: order.builderId, requested };
    return put(`bakes/${order.bake}/agent-command.json`, JSON.stringify(command));
  };

  test("EC2 is asked after a builder only when it gives no sign of life", async () => {
    const order = await begun();
    ended = { told: "the builder is terminated: it shut itself down", isSpotLoss: false };
    await requestedAgo(order, 60);
    await expect(port().run(order)).rejects.toMatchObject(running);
    await requestedAgo(order, 600);
    await put(`${order.folder}alive`, "now");
    await expect(port().run(order)).rejects.toMatchObject(running);
    expect(asked).toBe(0);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: `${order.folder}alive` }));
    await expect(port().run(order)).rejects.toMatchObject({
      ...{ name: "AgentDied", message: `${ended.told}, before it had a result` },
    });
    ended = undefined;
    await expect(port().run(order)).rejects.toMatchObject(running);
  });

  describe("a function that stays", () => {
    const stay: Stay = { pause: 20, most: 50_000, young: 300_000 };

    test("answers a result as soon as it is there, also in the call that sent the command", async () => {
      const order = orderFor();
      const answer = port({}, stay).run(order);
      await sleep(400);
      await gives(order, { status: "succeeded", disk });
      const given = Date.now();
      expect(await answer).toEqual(disk);
      expect(Date.now() - given).toBeLessThan(25_000);
      expect(commandsSent()).toHaveLength(1);
      // S3 is asked more often than Systems Manager
      expect(statuses().length).toBeLessThan(10);
    });

    test("gives up before its time is over, and its state calls it again", async () => {
      const order = await begun();
      const began = Date.now();
      const short = port({}, { ...stay, most: 300 }).run(order);
      await expect(short).rejects.toMatchObject(running);
      expect(Date.now() - began).toBeGreaterThanOrEqual(290);
      expect(Date.now() - began).toBeLessThan(25_000);
    });

    test("notices a command that ended without a result", async () => {
      const order = await begun();
      const answer = port({}, stay).run(order);
      answer.catch(() => undefined); // seen below
      await sleep(100);
      answers = { GetCommandInvocationCommand: () => ({ Status: "Failed" }) };
      await expect(answer).rejects.toMatchObject({ name: "AgentDied" });
    });

    test("asks once for an agent that has been at work for longer", async () => {
      const order = await begun();
      await requestedAgo(order, 301);
      await put(`${order.folder}alive`, "now");
      const before = statuses().length;
      await expect(port({}, stay).run(order)).rejects.toMatchObject(running);
      expect(statuses()).toHaveLength(before + 1);
    });
  });

  test("a package that is missing, or not the stage's, is not given to a builder", async () => {
    const arm64 = { ...orderFor(), architecture: "arm64" as const };
    await expect(port().run(arm64)).rejects.toMatchObject({
      ...{
        name: "NotReady",
        message: expect.stringMatching(/has the SHA-256 .* deploy the stage/),
      },
    });
    const missing = { ...agentPackages, x86_64: { key: "agent/none", sha256: sha256("") } };
    await expect(port({ agentPackages: missing }).run(orderFor())).rejects.toMatchObject({
      ...{ name: "NotReady", message: expect.stringMatching(/is missing: deploy the stage/) },
    });
    expect(commandsSent()).toEqual([]);
  });

  describe("secrets", () => {
    const secrets: ResolvedRecipe["secrets"] = [
      { name: "TOKEN", from: { parameter: "/team/token" } },
    ];
    beforeAll(async () => {
      const types = { "/team/token": "SecureString", "/clear": "String" } as const;
      for (const [Name, Type] of Object.entries(types)) {
        await ssm.send(new PutParameterCommand({ Name, Value: "hunter22", Type }));
      }
    });

    test("are sealed for the builder that asks, once, and lie nowhere in clear", async () => {
      const order = await begun({ secrets });
      await expect(port().run(order)).rejects.toMatchObject(running);
      expect(await keysOf(order)).not.toContain(`${order.folder}secrets.sealed`);
      const { privateKey, publicPem } = await newSealKey();
      await put(`${order.folder}secrets.pem`, publicPem);
      await expect(port().run(order)).rejects.toMatchObject(running);
      const sealed = await text(`${order.folder}secrets.sealed`);
      expect(JSON.parse(unseal(privateKey, sealed))).toEqual({ TOKEN: "hunter22" });
      await expect(port().run(order)).rejects.toMatchObject(running);
      expect(await text(`${order.folder}secrets.sealed`)).toBe(sealed);
      for (const key of await keysOf(order)) expect(await text(key)).not.toContain("hunter22");
      expect(JSON.stringify(sent)).not.toContain("hunter22");
    });

    test("are sealed while a function stays, when the builder asks for them", async () => {
      const order = await begun({ secrets });
      const answer = port({}, { pause: 20, most: 50_000, young: 300_000 }).run(order);
      const { privateKey, publicPem } = await newSealKey();
      await put(`${order.folder}secrets.pem`, publicPem);
      const sealed = await vi.waitFor(() => text(`${order.folder}secrets.sealed`), 30_000);
      expect(JSON.parse(unseal(privateKey, sealed))).toEqual({ TOKEN: "hunter22" });
      await gives(order, { status: "succeeded", disk });
      expect(await answer).toEqual(disk);
    });

    test("of Secrets Manager are read by Systems Manager's name for them", async () => {
      answers["GetParameterCommand"] = () => ({
        Parameter: { Type: "SecureString", Value: "hunter22" },
      });
      await begun({ secrets: [{ name: "TOKEN", from: { secret: "team/token" } }] });
      expect(sent).toContainEqual({
        name: "GetParameterCommand",
        input: { Name: "/aws/reference/secretsmanager/team/token", WithDecryption: true },
      });
    });

    test.each<[string, ResolvedRecipe["secrets"][number]["from"], RegExp]>([
      ["not there", { parameter: "/no" }, /TOKEN cannot be read from \/no \(ParameterNotFound\)/],
      ["in clear", { parameter: "/clear" }, /TOKEN is the parameter \/clear, a String,.*SecureStr/],
      ["in a file", { file: "t" }, /TOKEN is in the file t, which .*from: \{parameter: …\}/],
      ["in the environment", { environment: "T" }, /TOKEN is in the environment variable T, /],
    ])("that are %s are told before anything is started", async (_, from, message) => {
      const order = orderFor({ secrets: [{ name: "TOKEN", from }] });
      await expect(port().run(order)).rejects.toMatchObject({
        ...{ name: "NotReady", message: expect.stringMatching(message) },
      });
      expect(commandsSent()).toEqual([]);
    });
  });
});
