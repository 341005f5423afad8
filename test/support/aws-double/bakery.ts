import { createHash } from "node:crypto";
import type { Tag } from "@aws-sdk/client-ec2";
import { ssmAgents } from "../../../aws/agents.ts";
import { awsAnnouncements } from "../../../aws/announcements.ts";
import { s3Artifacts } from "../../../aws/artifacts.ts";
import { builderEnd } from "../../../aws/builder-end.ts";
import { ec2Builders } from "../../../aws/builders.ts";
import { ec2Origins } from "../../../aws/origins.ts";
import { patient } from "../../../aws/patient.ts";
import { ec2TestMachines } from "../../../aws/test-machines.ts";
import { ec2Images } from "../../../aws/images.ts";
import { ec2Snapshots } from "../../../aws/snapshots.ts";
import { builderFiles, builderPrefix } from "../../../core/builder-order.ts";
import type { BakeId } from "../../../core/ids.ts";
import type { AgentResult } from "../../../core/job.ts";
import { awaitSnapshot } from "../../../functions/await-snapshot.ts";
import { createSnapshot } from "../../../functions/create-snapshot.ts";
import { keepBuilder } from "../../../functions/keep-builder.ts";
import { provisionBuilder } from "../../../functions/provision-builder.ts";
import { publishImage } from "../../../functions/publish-image.ts";
import { readRecipe } from "../../../functions/read-recipe.ts";
import { registerImage } from "../../../functions/register-image.ts";
import { releaseBake } from "../../../functions/release-bake.ts";
import { releaseBuilder } from "../../../functions/release-builder.ts";
import { resolveOrigin } from "../../../functions/resolve-origin.ts";
import { runAgent } from "../../../functions/run-agent.ts";
import { testImage } from "../../../functions/test-image.ts";
import { execute } from "../../../local/state-machine.ts";
import { disk } from "../local-state.ts";
import { definition, states } from "../machine.ts";
import { someStage } from "../stage.ts";
import { virtualClock } from "./clock.ts";
import { type Double, openDouble, type DoubleOrder } from "./open.ts";
import type { Played } from "./other-services.ts";
import { type Overheads, pacedBy } from "./pacing.ts";

const packed = "the agent's package";
const sha256 = createHash("sha256").update(packed).digest("hex");

/** A stage on the double, which bakes with the adapters and the state machine that AWS has. */
export interface AwsBakery {
  aws: Double;
  /** What a bake ends with: the machine's output, or its error. */
  bake(bake: BakeId, options?: { signal?: AbortSignal; recipe?: string }): Promise<unknown>;
  /** As the execution's end event does. */
  release(bake: BakeId): Promise<unknown>;
  /** Runs work in virtual time. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** What is alive and not published, in words. */
  left(): string[];
  now(): number;
}

export interface BakeryOrder extends Omit<DoubleOrder, "clock" | "play"> {
  /** What the agent ends with, after that many milliseconds. */
  agent?: { after: number; result: AgentResult };
  /** The exit code of the recipe's test. */
  testStatus?: number;
  overheads?: Overheads;
  /** How many builders there may be at once. */
  most?: number;
  /** Milliseconds that time passes in. */
  grain?: number;
}

/** What an agent ends with when all went well. */
export const agentResult = { status: "succeeded", disk } as const;

const succeeds = { after: 40_000, result: agentResult };

export const openAwsBakery = ({
  agent = succeeds,
  testStatus = 0,
  overheads = {},
  most = 10,
  grain = 1,
  ...order
}: BakeryOrder = {}): AwsBakery => {
  const clock = virtualClock({ grain });
  const usual = someStage();
  const stage = someStage({
    builders: { ...usual.builders, most },
    agentPackages: {
      x86_64: { bucket: "test-artifacts", key: "agent/x86_64.tar.gz", sha256 },
      arm64: { bucket: "test-artifacts", key: "agent/arm64.tar.gz", sha256 },
    },
  });
  const put = (key: string, text: string) =>
    aws.objects.set(`${stage.artifactBucket}/${key}`, { body: Buffer.from(text), at: clock.now() });
  const aws: Double = openDouble({
    ...{ ...order, clock },
    play(instanceId, { commands }) {
      if (commands !== undefined) return tested(clock.now(), testStatus);
      const write = async () => {
        await clock.sleep(agent.after - 1);
        const folder = builderPrefix(stage.builders.roleId, instanceId);
        put(`${folder}${builderFiles.inventory}`, "{}");
        put(`${folder}${builderFiles.result}`, JSON.stringify(agent.result));
      };
      void write();
      return { after: agent.after, exitCode: agent.result.status === "succeeded" ? 0 : 1 };
    },
  });
  seed(aws);
  for (const { key } of Object.values(stage.agentPackages)) put(key, packed);
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
  const held = { agents: running, builders, testMachines, images, snapshots };
  const handlers = {
    ReadRecipe: readRecipe(artifacts),
    ResolveOrigin: resolveOrigin(origins, artifacts),
    ProvisionBuilder: provisionBuilder(builders, artifacts),
    RunAgent: runAgent(running, artifacts),
    CreateSnapshot: createSnapshot(snapshots, artifacts),
    AwaitSnapshot: awaitSnapshot(ec2Snapshots({ ...world, ec2: aws.pollingEc2 })),
    ReleaseBuilder: releaseBuilder(builders),
    KeepBuilder: keepBuilder(builders),
    RegisterImage: registerImage(images, artifacts),
    TestImage: testImage(testMachines, artifacts),
    PublishImage: publishImage({ images, announcements, artifacts, approve: async () => {} }),
    ReleaseBake: releaseBake(held),
  };
  const paced = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      const state = states.find((one) => one.name === name);
      return [name, pacedBy(state, patient(handler as Task), clock.sleep, overheads)];
    }),
  );
  return {
    aws,
    run: clock.run,
    now: clock.now,
    async bake(bake, { signal = new AbortController().signal, recipe = stockRecipe } = {}) {
      await artifacts.write(bake, "bundle/web.yaml", recipe);
      const input = { recipe: "web.yaml", parameters: {}, keep_builder: false };
      const execution = { definition, handlers: paced, bake, input, signal, events: () => {} };
      return execute(execution as never).catch((error: unknown) => error);
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

type Task = (event: unknown, context: never) => Promise<unknown>;

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
