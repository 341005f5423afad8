import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EC2Client } from "@aws-sdk/client-ec2";
import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import type { KMSClient } from "@aws-sdk/client-kms";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Stage } from "../../aws/stage.ts";
import { type Cloud, openCloud } from "../../cli/aws/cloud.ts";
import type { Announcement } from "../../core/announcement.ts";
import { bakeOfDrop } from "../../core/drop.ts";
import type { BakeId } from "../../core/ids.ts";
import { thingsIn } from "./account-things.ts";
import { openKeys } from "./aws-double/keys.ts";
import { invoke } from "./invoke.ts";
import { inspectorServer } from "./inspector-server.ts";
import { openLambdaServer } from "./lambda-server.ts";
import { openMoto } from "./moto.ts";
import { endEvent, openEngine } from "./moto-engine.ts";
import { rememberImages } from "./moto-images.ts";
import { deployToMoto, stockImage } from "./moto-stage.ts";
import { type Asked, between, recorded } from "./recorded.ts";
import { openRunCommand, type RunCommand } from "./run-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { subscribeTo } from "./topic-subscriber.ts";

/** A whole stage: its stack deployed to one moto, its state machine run by another. */
export interface MotoBakery extends AsyncDisposable {
  stage: Stage;
  /** As the command line sees it. */
  cloud: Cloud;
  agents: RunCommand;
  ec2: EC2Client;
  ssm: SSMClient;
  /** What functions asked of EC2 and EventBridge. */
  asked: Asked[];
  /** Names of the functions that the state machine invoked. */
  invoked: string[];
  /** Resolves when the next of them has answered. */
  answered(): Promise<unknown>;
  /** What came to a subscriber of the stage's topic. */
  messages: Announcement[];
  /** Drops a recipe of that name, and has S3's event of it told as often as is said. */
  drop(name: string, recipe: string, times?: number): Promise<BakeId>;
  /** Waits until the execution ends, and has that told as Step Functions and the queue do. */
  end(bake: BakeId): Promise<DescribeExecutionOutput>;
  /** Ids of what is in the account's EC2 that was not there before. */
  things(): Promise<string[]>;
}

type Handler = Parameters<typeof invoke>[0];

/** What Lambda runs: `ovenbird-dev-read-recipe` is in `handlers/read-recipe.ts`. */
const handlerOf = async (functionName: string): Promise<Handler> => {
  const file = functionName.replace("ovenbird-dev-", "");
  return ((await import(`../../handlers/${file}.ts`)) as { handler: Handler }).handler;
};

/** Inspector's answer for an image without vulnerabilities. */
const nothingFound = () => ({ bomFormat: "CycloneDX", components: [], vulnerabilities: [] });

export const openMotoBakery = async (): Promise<MotoBakery> => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const images = join(folder.path, "images.json");
  await writeFile(images, JSON.stringify([stockImage]));
  const lambda = stack.use(await openLambdaServer(handlerOf));
  const [moto, interpreter] = [
    stack.use(await openMoto({ images })),
    stack.use(await openMoto({ stockImages: false, lambdaPort: lambda.port })),
  ];
  const deployed = await deployToMoto(moto, folder.path);
  const { stage } = deployed;
  const engine = openEngine(interpreter, deployed);
  const agents = stack.use(await openRunCommand(moto, stage));
  const { credentials, endpoint, region } = moto.client;
  const inspector = stack.use(await inspectorServer({ answer: nothingFound, of: credentials }));
  stack.use(
    environment({
      AWS_ENDPOINT_URL_INSPECTOR_SCAN: inspector.url,
      ...{ AWS_REGION: region, OVENBIRD_STAGE: JSON.stringify(stage) },
      ...{ AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_ENDPOINT_URL: endpoint },
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_SFN: interpreter.client.endpoint,
      AWS_ENDPOINT_URL_SSM: agents.front.client.endpoint,
    }),
  );
  const { messages } = stack.use(await subscribeTo(moto, stage.topicArn));
  const plain = new EC2Client(moto.client);
  const asked = await recordFunctions(plain);
  const cloud = await openCloud(stage.name);
  const tell = async (file: string, event: unknown) =>
    invoke(await handlerOf(`ovenbird-${stage.name}-${file}`), event);
  const before = new Set(await thingsIn(plain));
  const held = stack.move();
  return {
    ...{ stage, cloud, agents, asked, messages, invoked: lambda.invoked, ec2: plain },
    answered: lambda.answered,
    ssm: new SSMClient(moto.client),
    async drop(name, recipe, times = 1) {
      await engine.ready();
      const content = Buffer.from(recipe);
      const version = await cloud.push({ key: `team/${name}.yaml`, content, parameters: {} });
      const event = createdEvent(version, content.length);
      for (let time = 0; time < times; time++) await tell("start-bake", event);
      return bakeOfDrop(name, version);
    },
    async end(bake) {
      const ended = await engine.ended(bake);
      await tell("bake-ended", endEvent({ stage }, bake, ended));
      await tell("release-again", { Records: [{ body: JSON.stringify({ bake }) }] });
      return ended;
    },
    things: async () => (await thingsIn(plain)).filter((id) => !before.has(id)),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
};

/** The functions' own clients: what they ask is recorded, and what moto forgets is remembered. */
const recordFunctions = async (plain: EC2Client): Promise<Asked[]> => {
  const { ec2 } = await import("../../handlers/shared/ec2.ts");
  const { events } = await import("../../handlers/shared/events.ts");
  const { kms } = await import("../../handlers/shared/kms.ts");
  rememberImages(ec2, plain);
  signDigests(kms);
  return recorded(ec2, events);
};

/** Moto hashes again what it is told is a digest: no signature of its holds. */
const signDigests = (kms: KMSClient): void => {
  const { operations } = openKeys();
  between(kms, async ({ call, input }) =>
    call === "Sign" ? operations.Sign(input) : operations.GetPublicKey(),
  );
};

const environment = (values: Record<string, string>): Disposable => {
  const before = { ...process.env };
  Object.assign(process.env, values);
  return {
    [Symbol.dispose]() {
      for (const name of Object.keys(values)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    },
  };
};

/**
 * S3's event, as EventBridge delivers it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
const createdEvent = (
  { bucket, key, versionId }: Awaited<ReturnType<Cloud["push"]>>,
  size: number,
) => ({
  ...{ version: "0", id: "17793124-05d4-b198-2fde-7ededc63b103", source: "aws.s3" },
  ...{ "detail-type": "Object Created", time: new Date().toISOString(), region: "eu-west-1" },
  resources: [`arn:aws:s3:::${bucket}`],
  detail: {
    ...{ version: "0", reason: "PutObject", bucket: { name: bucket } },
    object: {
      ...{ key, size, etag: "b1946ac92492d2347c6235b4d2611184", "version-id": versionId },
      sequencer: "00617F08299329D189",
    },
  },
});
