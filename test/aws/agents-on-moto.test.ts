import { createHash } from "node:crypto";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateDocumentCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe } from "vitest";
import { builderPlaces } from "../../aws/agent/places.ts";
import { ssmAgents } from "../../aws/agents.ts";
import { agentDocument } from "../../aws/document.ts";
import { BuilderId, VolumeId } from "../../core/ids.ts";
import type { AgentOrder } from "../../core/ports.ts";
import { newSealKey, unseal } from "../../core/sealed.ts";
import { noStay } from "../../core/stay.ts";
import { describeAgents } from "../contracts/agents.ts";
import { recipeOf } from "../support/agent-run.ts";
import { jsonReply } from "../support/aws-front.ts";
import { someBake } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { openRunCommand } from "../support/run-command.ts";
import { someStage } from "../support/stage.ts";

const packed = "a package";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const agent = {
  ...{ bucket: "test-artifacts", key: "agent/x86_64.tar.gz", sha256: sha256(packed) },
};
const stage = someStage({ agentPackages: { x86_64: agent, arm64: agent } });
const Bucket = stage.artifactBucket;

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  let s3: S3Client;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    s3 = new S3Client({ ...moto.client, forcePathStyle: true });
    const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    await put(agent.key, packed);
    const ssm = new SSMClient(moto.client);
    const Content = JSON.stringify(agentDocument());
    const document = { Content, Name: stage.documentName, DocumentType: "Command" } as const;
    await ssm.send(new CreateDocumentCommand(document));
    const token = { Name: "/team/token", Value: "hunter22", Type: "SecureString" } as const;
    await ssm.send(new PutParameterCommand(token));
    const logs = new CloudWatchLogsClient(moto.client);
    await logs.send(new CreateLogGroupCommand({ logGroupName: stage.agentLogGroup }));
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));

  describeAgents("SSM", async () => {
    const runCommand = await openRunCommand(moto, stage);
    const { front } = runCommand;
    let invocation: object = { Status: "InProgress" };
    front.on("GetCommandInvocation", () => jsonReply(invocation));
    front.on("CancelCommand", () => {
      invocation = { Status: "Cancelled", StatusDetails: "Cancelled" };
      return jsonReply({});
    });
    const aws = {
      ...{ s3, ssm: new SSMClient(front.client), logs: new CloudWatchLogsClient(moto.client) },
      ...{ stage, stay: noStay, builderEnd: async () => undefined },
    };
    const bake = someBake();
    const builderId = BuilderId.parse(`i-${sha256(bake).slice(0, 17)}`);
    const places = builderPlaces(stage, builderId);
    return {
      // each call is another function's
      agents: {
        run: (order: AgentOrder) => ssmAgents(aws).run(order),
        release: (of) => ssmAgents(aws).release(of),
      },
      order: (recipe) => ({
        ...{ bake, builderId, volumeId: VolumeId.parse("vol-0123456789abcdef0") },
        ...{ recipe: recipeOf(recipe), architecture: "x86_64", rootVolumeSize: 2 },
        origin: { kind: "scratch", distribution: "debian", suite: "small" },
      }),
      begun: async () => runCommand.orders.length,
      async secretsOf(order) {
        const { privateKey, publicPem } = await newSealKey();
        await put(places.key, publicPem);
        await ssmAgents(aws)
          .run(order)
          .catch(() => "at work, and answered");
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: places.secrets }));
        return JSON.parse(unseal(privateKey, (await Body?.transformToString()) ?? ""));
      },
      async end(_, { result, status, complaint, inventory }) {
        if (inventory) await put(places.inventory, "an inventory");
        if (result !== undefined) await put(places.result, result);
        const Status = status === 0 ? "Success" : "Failed";
        const said = { ResponseCode: status, StandardErrorContent: complaint };
        invocation = { Status, StatusDetails: Status, ...said };
      },
      isEnded: async () => front.calls.some(({ action }) => action === "CancelCommand"),
      secret: {
        ...{ there: { parameter: "/team/token" }, value: "hunter22" },
        missing: { parameter: "/no" },
      },
      [Symbol.asyncDispose]: () => runCommand[Symbol.asyncDispose](),
    };
  });
});
