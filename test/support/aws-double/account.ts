import { builderFiles } from "../../../core/builder-order.ts";
import { BakeId } from "../../../core/ids.ts";
import type { AgentResult } from "../../../core/job.ts";
import { cleanInventory, packed } from "../clean-inventory.ts";
import { disk } from "../local-state.ts";
import { type VirtualClock, virtualClock } from "./clock.ts";
import { type MachineOrder, openExecutions, type Run } from "./executions.ts";
import { type Functions, openFunctions } from "./functions.ts";
import { type Logs, openLogs } from "./logs.ts";
import { type Double, openDouble, type DoubleOrder } from "./open.ts";
import type { Played } from "./manager.ts";

/** What the agent ends with, after that many milliseconds; without a result, it leaves none. */
export interface AgentPart {
  after: number;
  result?: AgentResult;
  /** Packed; a clean image's when absent. */
  inventory?: Buffer;
}

/** An account on the double, with the stages in it. */
export interface Account {
  aws: Double;
  clock: VirtualClock;
  functions: Functions;
  logs: Logs;
  /** By the name of the state machine and of the execution. */
  runs: ReadonlyMap<string, Run>;
  /** What executes a state machine and is told of its ends, by the machine's name. */
  machines: Map<string, Pick<MachineOrder, "work" | "onEnd">>;
}

export interface AccountOrder extends Omit<DoubleOrder, "clock" | "play" | "around" | "by"> {
  clock?: VirtualClock;
  /** The same for all bakes, or by the bake. */
  agent?: AgentPart | ((bake: BakeId) => AgentPart);
  /** The exit code of the recipe's test. */
  testStatus?: number;
}

const succeeds: AgentPart = { after: 40_000, result: { status: "succeeded", disk } };

export const openAccount = (order: AccountOrder = {}): Account => {
  const { agent = succeeds, testStatus = 0, clock = virtualClock(), more, ...rest } = order;
  const functions = openFunctions(clock);
  const logs = openLogs(clock);
  const machines: Account["machines"] = new Map();
  const executions = openExecutions({
    clock,
    work: async (run) => machines.get(run.machine)?.work(run) ?? { status: "FAILED" },
    onEnd: (run) => machines.get(run.machine)?.onEnd(run),
  });
  const aws: Double = openDouble({
    ...{ ...rest, clock, around: functions.around, by: functions.atWork },
    more: (base) => ({ ...logs.operations, ...executions.operations, ...more?.(base) }),
    play(instanceId, parameters) {
      if (parameters["commands"] !== undefined) return tested(clock.now(), testStatus);
      const bake = BakeId.parse(parameters["bake"]?.[0]);
      const part = typeof agent === "function" ? agent(bake) : agent;
      const { after, result } = part;
      const write = async () => {
        await clock.sleep(after - 1);
        leave(aws, instanceId, parameters, part);
      };
      void write();
      return { after, exitCode: result?.status === "succeeded" ? 0 : 1 };
    },
  });
  seed(aws);
  return { aws, clock, functions, logs, machines, runs: executions.runs };
};

/** What an agent leaves in its folder; nothing when its builder is gone by then. */
const leave = (
  aws: Double,
  instanceId: string,
  { bucket = [], prefix = [] }: Record<string, string[]>,
  { result, inventory = packed(cleanInventory()) }: AgentPart,
): void => {
  if (result === undefined || (aws.instances.get(instanceId)?.endsAt ?? 0) <= Date.now()) return;
  const put = (name: string, text: string | Buffer) =>
    aws.objects.set(`${bucket[0]}/${prefix[0]}${name}`, {
      ...{ body: Buffer.from(text), at: Date.now() },
    });
  put(builderFiles.inventory, inventory);
  put(builderFiles.result, JSON.stringify(result));
};

/** What the machine that ran one test reports, in the format of core/boot-report.ts. */
const tested = (now: number, status: number): Played => ({
  ...{ after: 8000, exitCode: 0 },
  output: [`clock ${now / 1000}`, "address 10.0.0.9", `test 0 ${status} 1`, "end", ""].join("\n"),
});

/** A stock image, which builders boot as well. */
export const stock = "ami-0123456789abcdef0";

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
