import { createHash } from "node:crypto";
import type { Tag } from "@aws-sdk/client-ec2";
import { ssmAgents } from "../../../aws/agents.ts";
import { awsAnnouncements } from "../../../aws/announcements.ts";
import { s3Artifacts } from "../../../aws/artifacts.ts";
import { builderEnd } from "../../../aws/builder-end.ts";
import { ec2Builders } from "../../../aws/builders.ts";
import { ec2Origins } from "../../../aws/origins.ts";
import { s3Statements } from "../../../aws/statements.ts";
import { ec2TestMachines } from "../../../aws/test-machines.ts";
import { ec2Images } from "../../../aws/images.ts";
import { ec2Snapshots } from "../../../aws/snapshots.ts";
import { builderFiles, builderPrefix } from "../../../core/builder-order.ts";
import type { Happening } from "../../../core/bake-event.ts";
import type { BakeInput } from "../../../core/executions.ts";
import { BakeId } from "../../../core/ids.ts";
import type { AgentResult } from "../../../core/job.ts";
import type { Announcements, Artifacts, Builders, Images } from "../../../core/ports.ts";
import type { Stage } from "../../../aws/stage.ts";
import { awaitSnapshot } from "../../../functions/await-snapshot.ts";
import { createSnapshot } from "../../../functions/create-snapshot.ts";
import { keepBuilder } from "../../../functions/keep-builder.ts";
import { provisionBuilder } from "../../../functions/provision-builder.ts";
import { type Approve, publishImage } from "../../../functions/publish-image.ts";
import { readRecipe } from "../../../functions/read-recipe.ts";
import { registerImage } from "../../../functions/register-image.ts";
import { releaseBake } from "../../../functions/release-bake.ts";
import { releaseBuilder } from "../../../functions/release-builder.ts";
import { resolveOrigin } from "../../../functions/resolve-origin.ts";
import { runAgent } from "../../../functions/run-agent.ts";
import { testImage } from "../../../functions/test-image.ts";
import { execute } from "../../../local/state-machine.ts";
import { disk } from "../local-state.ts";
import { definition, type State, states } from "../machine.ts";
import { attestingOn } from "../attesting.ts";
import { packedInventory } from "../small-inventory.ts";
import { someStage } from "../stage.ts";
import { type VirtualClock, virtualClock } from "./clock.ts";
import { type Double, openDouble, type DoubleOrder } from "./open.ts";
import type { Played } from "./other-services.ts";

// else it is loaded while a function works, in time that no clock of a test knows
await import("../../../core/sbom/formats.ts");

const packed = "the agent's package";
const sha256 = createHash("sha256").update(packed).digest("hex");

/** A stage on the double, which bakes with the adapters and the state machine that AWS has. */
export interface AwsBakery {
  aws: Double;
  /** What a bake ends with: the machine's output, or its error. */
  bake(bake: BakeId, options?: { signal?: AbortSignal; recipe?: string }): Promise<unknown>;
  /** Runs the state machine for what was stored before; throws what it fails with. */
  start(started: StartedBake): Promise<unknown>;
  stage: Stage;
  artifacts: Artifacts;
  announcements: Announcements;
  builders: Builders;
  images: Images;
  /** As the execution's end event does. */
  release(bake: BakeId): Promise<unknown>;
  /** Runs work in virtual time. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** What is alive and not published, in words. */
  left(): string[];
  now(): number;
}

export interface StartedBake {
  bake: BakeId;
  input: BakeInput;
  signal: AbortSignal;
  events(event: Happening): void;
}

/** What the agent ends with, after that many milliseconds. */
interface PlayedAgent {
  after: number;
  result: AgentResult;
}

export interface BakeryOrder extends Omit<DoubleOrder, "clock" | "play"> {
  /** The same for all bakes, or by the bake. */
  agent?: PlayedAgent | ((bake: BakeId) => PlayedAgent);
  clock?: VirtualClock;
  stage?: Partial<Stage>;
  approve?: Approve;
  /** Told of every failure of a task, polls among them. */
  failed?(bake: BakeId, error: string): void;
  /** The exit code of the recipe's test. */
  testStatus?: number;
}

const succeeds = { after: 40_000, result: { status: "succeeded", disk } } as const;

export const openAwsBakery = ({
  agent = succeeds,
  testStatus = 0,
  approve = async () => {},
  failed = () => {},
  stage: facts,
  clock = virtualClock(),
  ...order
}: BakeryOrder = {}): AwsBakery => {
  const stage = someStage({
    agentPackages: {
      x86_64: { bucket: "test-artifacts", key: "agent/x86_64.tar.gz", sha256 },
      arm64: { bucket: "test-artifacts", key: "agent/arm64.tar.gz", sha256 },
    },
    ...facts,
  });
  const put = (key: string, content: string | Buffer) =>
    aws.objects.set(`${stage.artifactBucket}/${key}`, {
      body: Buffer.from(content),
      at: clock.now(),
    });
  const aws: Double = openDouble({
    ...{ ...order, clock },
    play(instanceId, { commands }) {
      if (commands !== undefined) return tested(clock.now(), testStatus);
      const tags = aws.instances.get(instanceId)?.tags ?? [];
      const bake = BakeId.parse(tagOf(tags, "ovenbird:bake"));
      const { after, result } = typeof agent === "function" ? agent(bake) : agent;
      const write = async () => {
        await clock.sleep(after - 1);
        const folder = builderPrefix(stage.builders.roleId, instanceId);
        put(`${folder}${builderFiles.inventory}`, packedInventory);
        put(`${folder}${builderFiles.result}`, JSON.stringify(result));
      };
      void write();
      return { after, exitCode: result.status === "succeeded" ? 0 : 1 };
    },
  });
  seed(aws);
  for (const { bucket, key } of Object.values(stage.agentPackages)) {
    aws.objects.set(`${bucket}/${key}`, { body: Buffer.from(packed), at: clock.now() });
  }
  const world = { ...aws, events: aws.eventBridge, stage };
  const artifacts = s3Artifacts(world);
  const builders = ec2Builders(world);
  const snapshots = ec2Snapshots(world);
  const images = ec2Images(world);
  const announcements = awsAnnouncements(world);
  const origins = ec2Origins(world);
  const testMachines = ec2TestMachines({ ...world, artifacts });
  const logs = aws.ssm as never; // asked only for what an agent that died told
  const running = ssmAgents({ ...world, logs, builderEnd: builderEnd(aws) });
  const { attest, prove } = attestingOn({ artifacts, statements: s3Statements(world) });
  const held = { agents: running, builders, testMachines, images, snapshots };
  const handlers = {
    ReadRecipe: readRecipe(artifacts),
    ResolveOrigin: resolveOrigin(origins, artifacts, prove),
    ProvisionBuilder: provisionBuilder(builders, artifacts),
    RunAgent: runAgent(running, artifacts),
    CreateSnapshot: createSnapshot(snapshots, artifacts),
    AwaitSnapshot: awaitSnapshot(snapshots),
    ReleaseBuilder: releaseBuilder(builders),
    KeepBuilder: keepBuilder(builders),
    RegisterImage: registerImage(images, artifacts),
    TestImage: testImage(testMachines, artifacts),
    PublishImage: publishImage({ images, announcements, artifacts, approve, attest }),
    ReleaseBake: releaseBake(held),
  };
  const paced = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      pacedBy(name, handler, { sleep: clock.sleep, failed }),
    ]),
  );
  const start = (started: StartedBake): Promise<unknown> =>
    execute({ definition, handlers: paced, ...started } as never);
  return {
    ...{ stage, artifacts, announcements, builders, images, start },
    aws,
    run: clock.run,
    now: clock.now,
    async bake(bake, { signal = new AbortController().signal, recipe = stockRecipe } = {}) {
      await artifacts.write(bake, "bundle/web.yaml", recipe);
      const input = { recipe: "web.yaml", parameters: {}, keep_builder: false };
      return start({ bake, input, signal, events: () => {} }).catch((error: unknown) => error);
    },
    release: (bake) => handlers.ReleaseBake({ bake }, {}),
    left: () => leftOn(aws),
  };
};

/** What the machine that ran one test reports, in the format of core/boot-report.ts. */
const tested = (now: number, status: number): Played => ({
  ...{ after: 8000, exitCode: 0 },
  output: [`clock ${now / 1000}`, "address 10.0.0.9", `test 0 ${status} 1`, "end", ""].join("\n"),
});

/** A stock image, which builders boot as well. */
const stock = "ami-0123456789abcdef0";

export const stockRecipe = `
image:
  name: web
  origin: ${stock}
  configure:
    - shell: "true"
  tests: ["true"]
`;

const seed = (aws: Double): void => {
  const [created, visible] = [0, 0];
  const id = stock;
  const snapshotId = "snap-0123456789abcdef0";
  aws.snapshots.set(snapshotId, {
    ...{ id: snapshotId, tags: [], created, visible, size: 8, completesAt: 0 },
    ...{ volumeId: "vol-ffffffff", isGoing: false },
  });
  aws.images.set(id, {
    ...{ id, tags: [], created, visible, availableAt: 0 },
    about: {
      ...{ Name: "stock", OwnerId: "137112412989", ImageOwnerAlias: "amazon" },
      ...{ Architecture: "x86_64", VirtualizationType: "hvm", RootDeviceType: "ebs" },
      ...{ RootDeviceName: "/dev/xvda", PlatformDetails: "Linux/UNIX" },
      ...{ UsageOperation: "RunInstances", Public: true, EnaSupport: true },
      BlockDeviceMappings: [
        { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 8, SnapshotId: snapshotId } },
      ],
    },
  });
  for (const name of ["/ami/x86_64", "/ami/arm64"]) {
    aws.parameters.set(name, { value: id, version: 1, at: 0, history: [] });
  }
};

interface Retry {
  ErrorEquals: string[];
  IntervalSeconds?: number;
}

type Handler = (event: never, context: never) => unknown;

/**
 * The interpreter's pauses are in real time, and none here: what it would wait before it calls a
 * task again, the task waits in virtual time.
 */
const pacedBy = (
  name: string,
  handler: unknown,
  {
    sleep,
    failed,
  }: { sleep(ms: number): Promise<void>; failed(bake: BakeId, error: string): void },
) => {
  const state = states.find((one) => one.name === name);
  return async (event: never, context: never): Promise<unknown> => {
    try {
      return await (handler as Handler)(event, context);
    } catch (error) {
      failed((event as { bake: BakeId }).bake, (error as Error).name);
      await sleep(1000 * pauseAfter(state, (error as Error).name));
      throw error;
    }
  };
};

/** Seconds; of an error that is not retried, none. */
const pauseAfter = (state: State | undefined, error: string): number => {
  const retries = (state?.fields["Retry"] ?? []) as Retry[];
  const retry = retries.find(({ ErrorEquals }) => ErrorEquals.includes(error));
  return retry === undefined ? 0 : (retry.IntervalSeconds ?? 1);
};

const tagOf = (tags: Tag[], key: string) => tags.find(({ Key }) => Key === key)?.Value;

const isOrigin = ({ tags }: { tags: Tag[] }) => tagOf(tags, "ovenbird:role") === "origin";

const leftOn = (aws: Double): string[] => {
  const published = [...aws.images.values()].filter(
    ({ tags }) => tagOf(tags, "ovenbird:state") === "published",
  );
  const backing = new Set(
    published.flatMap(({ about }) => about.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.SnapshotId)),
  );
  const candidates = [...aws.images.values()].filter(
    (image) => tagOf(image.tags, "ovenbird:bake") !== undefined && !published.includes(image),
  );
  return [
    ...[...aws.instances.values()].filter(({ endsAt }) => endsAt === Infinity),
    ...[...aws.volumes.values()].filter((one) => !aws.isGone(one.id)),
    ...[...aws.snapshots.values()].filter(
      (one) => one.tags.length > 0 && !backing.has(one.id) && !one.isGoing && !isOrigin(one),
    ),
    ...aws.groups.values(),
    ...candidates,
  ].map(({ id, tags }) => `${id} of ${tagOf(tags, "ovenbird:bake") ?? "nobody"}`);
};
