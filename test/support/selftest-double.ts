import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { Image } from "@aws-sdk/client-ec2";
import { SFNClient } from "@aws-sdk/client-sfn";
import { announcementLogGroup } from "../../aws/announcement-log.ts";
import { s3Drops } from "../../aws/drops.ts";
import { sfnExecutions } from "../../aws/executions.ts";
import { s3Fates } from "../../aws/fates.ts";
import { s3Names } from "../../aws/names.ts";
import { readStage, stageParameter } from "../../aws/read-stage.ts";
import { surroundingsOf } from "../../aws/surroundings.ts";
import { removeTraces, tracesOf } from "../../aws/traces.ts";
import type { Deployments } from "../../cli/selftest/ports.ts";
import { broken, endless, failing, policy, spoken } from "../../cli/selftest/recipes.ts";
import { testedStage } from "../../cli/selftest/tested-stage.ts";
import { Announcement } from "../../core/announcement.ts";
import { bakeEnded, endOf } from "../../core/bake-ended.ts";
import { type BakeId, recipeOfBake } from "../../core/ids.ts";
import type { AgentResult } from "../../core/job.ts";
import { assertAllowed } from "../../core/operator-policy/assert-allowed.ts";
import { policiesIn } from "../../core/operator-policy/find.ts";
import { startBake } from "../../core/way-in/start-bake.ts";
import { openAwsBakery } from "./aws-double/plain-bakery.ts";
import { virtualClock } from "./aws-double/clock.ts";
import { openExecutions } from "./aws-double/plain-executions.ts";
import { openLogs } from "./aws-double/logs.ts";
import type { Operations } from "./aws-double/open.ts";
import { disk } from "./local-state.ts";

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
const played = (recipe: string, flaw: Flaw): { after: number; result: AgentResult } => {
  const right =
    recipe === broken.name
      ? stepFailed(`step 1 "${failing.step}": /bin/sh -e ended with status ${failing.status}`)
      : ({ status: "succeeded", disk } as const);
  const after = recipe === endless.name ? 25 * minute : 40_000;
  return { after, result: flaw.agents?.[recipe] ?? right };
};

/** A stage on the double, deployed and removed as the selftest asks: functions, rules and all. */
export const openSelftestDouble = (name: string, flaw: Flaw = {}) => {
  const clock = virtualClock();
  const logs = openLogs(clock);
  const executions = openExecutions({
    clock,
    run: (started) => bakery.start(started),
    ended: (bake, status) => void afterEnd(bake, status),
  });
  let isThere = false;
  let removals = 0;
  const hooked = (base: Operations): Operations => ({
    ...{ ...logs.operations, ...executions.operations },
    ListBuckets: () => ({
      Buckets: isThere ? [stage.recipeBucket, stage.artifactBucket].map((Name) => ({ Name })) : [],
    }),
    async PutObject(input: { Bucket?: string; Key?: string; Body?: Uint8Array }) {
      const answer = (await base["PutObject"]?.(input as never)) as { VersionId: string };
      if (input.Bucket === stage.recipeBucket) void dropped(input.Key ?? "", answer.VersionId);
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
    ...{ clock, more: hooked },
    stage: { name, recipeBucket: `${name}-recipes`, artifactBucket: `${name}-artifacts` },
    agent: (bake) => played(recipeOfBake(bake), flaw),
    approve: (bake, baked) => assertAllowed(wayIn, bake, { ...baked, account: stage.account }),
    failed: executions.failed,
  });
  const { aws, stage } = bakery;
  const config = { region: stage.region, credentials: { accessKeyId: "d", secretAccessKey: "d" } };
  const clients = {
    ...{ ec2: aws.ec2, ssm: aws.ssm, s3: aws.s3, sfn: aws.client(new SFNClient(config)) },
    logs: aws.client(new CloudWatchLogsClient(config)),
  };
  const world = { ...clients, stage };
  const drops = s3Drops(world);
  const wayIn = {
    ...{ drops, policies: policiesIn(drops, { subnets: [], securityGroups: [], keys: [] }) },
    ...{ names: s3Names(world), fates: s3Fates(world), artifacts: bakery.artifacts },
    ...{ executions: sfnExecutions(world), announcements: bakery.announcements },
    given: { environment: {}, surroundings: surroundingsOf(stage) },
  };
  /** As S3's event has it done. */
  const dropped = async (key: string, versionId: string): Promise<void> => {
    await clock.sleep(2000);
    if (flaw.isDeaf === true || key.startsWith("policies/")) return;
    const at = new Date(clock.now()).toISOString();
    const drop = { bucket: stage.recipeBucket, key, versionId, sequencer: "01", size: 100, at };
    await startBake(wayIn, drop);
  };
  /** As the event of an execution's end has it done, and the queue again later. */
  const afterEnd = async (bake: BakeId, status: string): Promise<void> => {
    await clock.sleep(1000);
    const release = async () => {
      if (recipeOfBake(bake) !== flaw.unreleased) await bakery.release(bake);
    };
    const about = { source: "aws.states", "detail-type": "Step Functions Execution Status Change" };
    const time = new Date(clock.now()).toISOString();
    const end = endOf({ ...about, time, detail: { name: bake, status } });
    const { artifacts, builders, images, announcements } = bakery;
    const ports = {
      executions: wayIn.executions,
      artifacts,
      images,
      builders,
      announcements,
      release,
    };
    if (end !== undefined) await bakeEnded(ports, end);
    await clock.sleep(15 * minute);
    await release();
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
