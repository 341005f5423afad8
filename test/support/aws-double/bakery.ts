import { artifactKey } from "../../../aws/artifacts.ts";
import { bakeMachineName } from "../../../aws/bake-machine.ts";
import type { Announcement } from "../../../core/announcement.ts";
import type { BakeSource } from "../../../core/bake-source.ts";
import type { Drop } from "../../../core/drop.ts";
import type { BakeId } from "../../../core/ids.ts";
import { type Account, type AccountOrder, openAccount, stock } from "./account.ts";
import type { Ended, Run } from "./executions.ts";
import { type Handlers, importHandlers, packed, stageOnDouble } from "./handlers.ts";
import { leftOn } from "./left.ts";
import { paced, work } from "./state-machine.ts";

/** How a bake ended, after all that its end begins. */
export interface BakeOutcome extends Ended {
  imageId?: string;
  /** What subscribers were told of it, in order. */
  told: Announcement[];
}

interface BakeOrder {
  recipe?: string;
  keepBuilder?: boolean;
  drop?: Drop;
}

/** A stage on the double: its handlers, its state machine, and the events that AWS delivers. */
export interface AwsBakery extends Account {
  handlers: Handlers;
  /** As the way in starts it: what it reads is stored, and the execution begins. */
  start(bake: BakeId, order?: BakeOrder): Promise<void>;
  /** When its execution has ended, and every event of that was taken. */
  ended(bake: BakeId): Promise<BakeOutcome>;
  bake(bake: BakeId, order?: BakeOrder): Promise<BakeOutcome>;
  stop(bake: BakeId): Promise<void>;
  /** Calls a function that is no task, as AWS does: again when it fails. */
  call(name: keyof Handlers["all"], event: unknown): Promise<unknown>;
  /** Puts a version of an object in the bucket of recipes; answers S3's event of that. */
  drop(key: string, text: string, more?: { sequencer?: string; versionId?: string }): object;
  /** What its subscribers were told. */
  told(): Announcement[];
  /** Runs work in virtual time. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** What is alive and not published, in words. */
  left(): string[];
}

export interface BakeryOrder extends AccountOrder {
  /** How often Step Functions tells of an execution's end. */
  ends?: number;
  handlers?: Handlers;
  /** The account that it is in; one of its own when absent. */
  account?: Account;
}

const usual = await importHandlers(stageOnDouble());

export const openAwsBakery = (order: BakeryOrder = {}): AwsBakery => {
  const { ends = 1, handlers = usual, account = openAccount(order) } = order;
  const { aws, clock, functions, logs, machines, runs } = account;
  const { stage, all } = handlers;
  const machine = bakeMachineName(stage.name);
  const deliveries: Promise<void>[] = [];
  const waiting = new Map<string, () => void>();
  for (const { bucket, key } of Object.values(stage.agentPackages)) {
    aws.objects.set(`${bucket}/${key}`, { body: Buffer.from(packed), at: clock.now() });
  }
  machines.set(machine, {
    work: (run) => work(run, paced(run, { all, functions, clock })),
    onEnd(run) {
      for (let count = 0; count < ends; count++) deliveries.push(deliver(run));
      waiting.get(run.name)?.();
    },
  });
  const call = async (name: keyof Handlers["all"], event: unknown): Promise<unknown> => {
    const handler = functions.limited(name, all[name], name === "Sweep" ? 900 : 300);
    for (let attempt = 1; ; attempt++) {
      try {
        return await handler(event as never, {} as never);
      } catch (error) {
        if (attempt === 8) throw error;
        await clock.sleep(60_000 * attempt);
      }
    }
  };
  /** What the rule on executions' ends does. */
  const deliver = async (run: Run): Promise<void> => {
    await clock.sleep(1500);
    await call("BakeEnded", endOf(run));
    await clock.sleep(15 * 60_000);
    await call("ReleaseAgain", { Records: [{ body: JSON.stringify({ bake: run.name }) }] });
  };
  const told = () =>
    aws.messages.flatMap(({ topic, text }) =>
      topic === stage.topicArn ? [JSON.parse(text) as Announcement] : [],
    );
  const bakery: AwsBakery = {
    ...{ aws, clock, functions, logs, machines, runs, handlers, told, call },
    run: (work) => clock.run(work),
    async start(bake, { recipe = stockRecipe, keepBuilder = false, drop = someDrop } = {}) {
      const put = (key: string, text: string) =>
        aws.objects.set(`${stage.artifactBucket}/${artifactKey(bake, key)}`, {
          ...{ body: Buffer.from(text), at: clock.now() },
        });
      put("bundle/web.yaml", recipe);
      const source: BakeSource = { drop, prefix: "team", beside: [], longest: 3600 };
      put("source.json", JSON.stringify(source));
      const input = { recipe: "web.yaml", parameters: {}, keep_builder: keepBuilder };
      const order = { stateMachineArn: `:${machine}`, name: bake, input: JSON.stringify(input) };
      await aws.operations["StartExecution"]?.(order as never);
    },
    async ended(bake) {
      const run = runs.get(`${machine}:${bake}`);
      if (run === undefined) throw new Error(`there is no ${bake}`);
      if (run.status === "RUNNING") {
        await new Promise<void>((resolve) => {
          const before = waiting.get(bake);
          waiting.set(bake, () => {
            before?.();
            resolve();
          });
        });
      }
      await Promise.all(deliveries);
      const { status, output, error, cause } = run;
      const image = output === undefined ? {} : (JSON.parse(output) as { imageId: string });
      const ours = told().filter(({ id }) => id === bake);
      return { status: status as Ended["status"], error, cause, ...image, told: ours };
    },
    async bake(bake, wanted) {
      await bakery.start(bake, wanted);
      return bakery.ended(bake);
    },
    async stop(bake) {
      await aws.operations["StopExecution"]?.({ executionArn: `:${machine}:${bake}` } as never);
    },
    drop(key, text, { sequencer = "0055AED6DCD90281E5", versionId = "v1" } = {}) {
      const path = `${stage.recipeBucket}/${key}`;
      const object = { body: Buffer.from(text), at: clock.now() };
      aws.objects.set(path, object);
      aws.versions.set(`${path}?${versionId}`, object);
      return {
        ...{ source: "aws.s3", "detail-type": "Object Created" },
        time: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`,
        detail: {
          bucket: { name: stage.recipeBucket },
          object: { key, size: object.body.length, "version-id": versionId, sequencer },
        },
      };
    },
    left: () => leftOn(aws),
  };
  handlers.attach(aws);
  return bakery;
};

export const stockRecipe = `
image:
  name: web
  origin: ${stock}
  configure:
    - shell: "true"
  tests: ["true"]
`;

const someDrop: Drop = {
  ...{ bucket: "test-recipes", key: "team/web.yaml", versionId: "v1", size: 100 },
  ...{ sequencer: "0055AED6DCD90281E5", at: "2026-01-01T00:00:00Z" },
};

/** As EventBridge delivers it. */
const endOf = ({ name, status, ended = 0, error, cause }: Run) => ({
  ...{ source: "aws.states", "detail-type": "Step Functions Execution Status Change" },
  time: new Date(ended).toISOString(),
  detail: { name, status, error, cause },
});
