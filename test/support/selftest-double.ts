import { AsyncLocalStorage } from "node:async_hooks";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { Image } from "@aws-sdk/client-ec2";
import { SFNClient } from "@aws-sdk/client-sfn";
import { announcementLogGroup } from "../../aws/announcement-log.ts";
import { readStage, stageParameter } from "../../aws/read-stage.ts";
import { removeTraces, tracesOf } from "../../aws/traces.ts";
import type { Deployments } from "../../cli/selftest/ports.ts";
import { broken, endless, failing, policy, spoken } from "../../cli/selftest/recipes.ts";
import { testedStage } from "../../cli/selftest/tested-stage.ts";
import { Announcement } from "../../core/announcement.ts";
import { recipeOfBake } from "../../core/ids.ts";
import type { AgentResult } from "../../core/job.ts";
import { disk } from "./local-state.ts";
import { virtualClock } from "./aws-double/clock.ts";
import type { AgentPart } from "./aws-double/account.ts";
import type { Operations } from "./aws-double/open.ts";
// after all that tells errors by their classes: it has modules loaded anew
import { openAwsBakery } from "./aws-double/bakery.ts";
import { type Handlers, importHandlers, stageOnDouble } from "./aws-double/handlers.ts";

/** In what a stage is not as it should be. */
export interface Flaw {
  /** Why it cannot be deployed. */
  undeployable?: string;
  /** How often it does not go. */
  unremovable?: number;
  /** The recipe of whose bake nothing is given back. */
  unreleased?: string;
  /** Announcements that never come. */
  untold?: Announcement["outcome"];
  /** How the agents of recipes end. */
  agents?: Record<string, AgentResult>;
  /** Whether no line of an agent's is seen. */
  isSilent?: boolean;
  /** What EC2 makes of images. */
  image?: Partial<Image>;
  /** What the latest image's parameter has. */
  latest?: string;
  /** A log group that comes again when it was removed. */
  trace?: string;
  /** Whether drops begin nothing. */
  isDeaf?: boolean;
}

const minute = 60_000;

const isOwn = ({ Name = "" }: Image): boolean => Name.startsWith("ovenbird/");

export const stepFailed = (message: string, error = "StepFailed"): AgentResult => ({
  ...{ status: "failed", error, message },
});

/** How the agent of a recipe ends, after that many milliseconds. */
const played = (recipe: string, flaw: Flaw): AgentPart => {
  const right =
    recipe === broken.name
      ? stepFailed(`step 1 "${failing.step}": /bin/sh -e ended with status ${failing.status}`)
      : ({ status: "succeeded", disk } as const);
  const after = recipe === endless.name ? 25 * minute : 40_000;
  return { after, result: flaw.agents?.[recipe] ?? right };
};

/** The name of the stage, which its functions are told when they are imported: it has one here. */
export const name = "selftest-0a1b2c";

const handlers = await importHandlers(stageOnDouble(name));

/** Its release says that it ended a builder of that recipe, and none ends. */
const unreleasing = (recipe: string | undefined) => {
  const isDeaf = new AsyncLocalStorage<boolean>();
  const flawed =
    (handler: Handlers["all"]["BakeEnded"]): typeof handler =>
    (event, context) =>
      isDeaf.run(recipe !== undefined && JSON.stringify(event).includes(recipe), () =>
        handler(event, context),
      );
  const { BakeEnded, ReleaseAgain, ...all } = handlers.all;
  return {
    isDeaf: () => isDeaf.getStore() === true,
    handlers: {
      ...handlers,
      all: { ...all, BakeEnded: flawed(BakeEnded), ReleaseAgain: flawed(ReleaseAgain) },
    },
  };
};

/** A stage on the double, deployed and removed as the selftest asks. */
export const openSelftestDouble = (flaw: Flaw = {}) => {
  const clock = virtualClock();
  const release = unreleasing(flaw.unreleased);
  const { stage } = handlers;
  let isThere = false;
  let removals = 0;
  const more = (base: Operations): Operations => ({
    ListBuckets: () => ({
      Buckets: isThere ? [stage.recipeBucket, stage.artifactBucket].map((Name) => ({ Name })) : [],
    }),
    async PutObject(input: { Bucket?: string; Key?: string; Body?: Uint8Array }) {
      const answer = (await base["PutObject"]?.(input as never)) as { VersionId: string };
      const { Bucket, Key = "", Body = "" } = input;
      if (Bucket === stage.recipeBucket) void dropped(Key, Body, answer.VersionId);
      return answer;
    },
    PutEvents(input: { Entries: { Source: string; DetailType: string; Detail: string }[] }) {
      for (const { Source: source, DetailType, Detail } of input.Entries) {
        const detail = Announcement.parse(JSON.parse(Detail));
        if (detail.outcome === flaw.untold) continue;
        const event = { version: "0", source, "detail-type": DetailType, detail };
        logs.write(announcementLogGroup(stage), "events", JSON.stringify(event));
      }
      return { FailedEntryCount: 0, Entries: [] };
    },
    async SendCommand(input: { Parameters?: Record<string, string[]> }) {
      const answer = await base["SendCommand"]?.(input as never);
      const [bake] = input.Parameters?.["bake"] ?? [];
      if (bake !== undefined && flaw.isSilent !== true) {
        const said = { event: "step-output", at: clock.now(), step: "Speak", text: `${spoken}\n` };
        logs.write(stage.agentLogGroup, bake, JSON.stringify(said));
      }
      return answer ?? {};
    },
    async TerminateInstances(input: object) {
      const answer = release.isDeaf() ? {} : await base["TerminateInstances"]?.(input as never);
      return answer ?? {};
    },
    async DescribeImages(input: object) {
      const answer = (await base["DescribeImages"]?.(input as never)) as { Images: Image[] };
      return {
        ...answer,
        Images: answer.Images.map((ami) => (isOwn(ami) ? { ...ami, ...flaw.image } : ami)),
      };
    },
    async GetParameter(input: { Name?: string }) {
      const answer = (await base["GetParameter"]?.(input as never)) as { Parameter: object };
      if (flaw.latest === undefined || input.Name?.endsWith("/latest") !== true) return answer;
      return { Parameter: { ...answer.Parameter, Value: flaw.latest } };
    },
  });
  const bakery = openAwsBakery({
    ...{ clock, more, handlers: release.handlers },
    agent: (bake) => played(recipeOfBake(bake), flaw),
  });
  const { aws, logs } = bakery;
  const config = { region: stage.region, credentials: { accessKeyId: "d", secretAccessKey: "d" } };
  const clients = {
    ...{ ec2: aws.ec2, ssm: aws.ssm, s3: aws.s3, sfn: aws.client(new SFNClient(config)) },
    logs: aws.client(new CloudWatchLogsClient(config)),
  };
  /** S3's event of an object that is there, unless somebody removed it since. */
  const createdOf = ({
    key,
    size,
    versionId,
  }: {
    key: string;
    size: number;
    versionId: string;
  }) => {
    const object = { key, size, sequencer: "01", "version-id": versionId };
    const time = new Date(clock.now()).toISOString();
    const about = { source: "aws.s3", "detail-type": "Object Created", time };
    return { ...about, detail: { bucket: { name: stage.recipeBucket }, object } };
  };
  /** As that event has it done. */
  const dropped = async (key: string, body: Uint8Array | string, versionId: string) => {
    await clock.sleep(2000);
    const event = createdOf({ key, size: body.length, versionId });
    if (flaw.isDeaf !== true) await bakery.call("StartBake", event);
  };
  const [stock = ""] = aws.images.keys();
  for (const parameter of policy.match(/\/aws\/service\/[^\s\]]+/) ?? []) {
    aws.parameters.set(parameter, { value: stock, version: 1, at: 0, history: [] });
  }
  const deployments: Deployments = {
    place: { account: stage.account, region: stage.region },
    async deploy() {
      await clock.sleep(4 * minute);
      isThere = true;
      if (flaw.undeployable !== undefined) throw new Error(flaw.undeployable);
      for (const group of [stage.agentLogGroup, announcementLogGroup(stage)]) {
        logs.groups.set(group, new Map());
      }
      const value = JSON.stringify(stage);
      aws.parameters.set(stageParameter(name), { value, version: 1, at: 0, history: [] });
    },
    open: async () => testedStage(clients, await readStage(clients.ssm, name)),
    async remove() {
      await clock.sleep(3 * minute);
      if (++removals <= (flaw.unremovable ?? 0)) throw new Error("the stack is DELETE_FAILED");
      const held = isThere && bakery.left();
      if (held && held.length > 0) throw new Error(`the network is in use: ${held.join(", ")}`);
      const full = [...aws.objects.keys()].find((path) =>
        path.startsWith(`${stage.recipeBucket}/`),
      );
      if (full !== undefined) throw new Error(`its bucket is not empty: ${full}`);
      isThere = false;
      aws.parameters.delete(stageParameter(name));
      await removeTraces({ ...clients, stage });
      if (flaw.trace !== undefined) logs.groups.set(flaw.trace, new Map());
    },
    traces: () => tracesOf({ ...clients, stage }),
  };
  return { bakery, deployments, isThere: () => isThere };
};
