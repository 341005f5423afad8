import type { ResolvedRecipe } from "../job.ts";
import { diskMonth, instanceHour, monthHours, prices } from "../prices.ts";
import { functionMemory, memoryOf } from "./function-memory.ts";
import { latencies } from "./latencies.ts";
import type { BakeTimes, StateTime } from "./times.ts";

/** One thing that is paid for. */
export interface CostLine {
  what: string;
  /** Undefined where the price table has no price. */
  dollars: number | undefined;
}

export interface BakeCost {
  /** What the bake costs that is no machine: under a cent is meant. */
  orchestration: CostLine[];
  /** Machines and their disks, while there are any. */
  machines: CostLine[];
  /** A month of what stays. */
  storage: CostLine[];
}

export interface CostOrder {
  times: BakeTimes;
  recipe: ResolvedRecipe;
  /** The type that is tried first, of the builder and of the test machine. */
  instanceType: string;
  /** GiB of the image; of a stock origin's copy in the account, where there is or will be one. */
  rootVolumeSize: number;
  copySize: number | undefined;
  /** Whether machines have public addresses, which AWS asks for by the hour. */
  hasAddresses: boolean;
}

/** Sum; undefined where a price is not known. */
export const totalOf = (lines: readonly CostLine[]): number | undefined =>
  lines.reduce<number | undefined>(
    (sum, { dollars }) => (sum === undefined || dollars === undefined ? undefined : sum + dollars),
    0,
  );

/**
 * What a bake costs by the price table, when it takes those times. What is not counted, as it is
 * under a fiftieth of a cent: calls of KMS, traces, the functions' own network.
 */
export const costOf = (order: CostOrder): BakeCost => ({
  orchestration: orchestrationOf(order.times),
  machines: machinesOf(order),
  storage: [
    {
      what: `snapshot, at most ${order.rootVolumeSize} GiB: what was written is paid`,
      dollars: order.rootVolumeSize * prices.snapshotGibMonth,
    },
    ...(order.copySize === undefined
      ? []
      : [
          {
            what: `the origin's copy, at most ${order.copySize} GiB, once for all bakes from it`,
            dollars: order.copySize * prices.snapshotGibMonth,
          },
        ]),
  ],
});

/** The drop's function, the one at the end, and the release again a quarter of an hour later. */
const functionsAround = 3;

/** Requests of a bake of its bucket, counted on a bake: see the test. */
const reads = { each: 3, once: 11, secondOfAgent: 1.1 };
const writes = { once: 45, lookAtOrigin: 2, secondsOfAlive: 30 };

/** KB of a call's lines and events: the state machine logs what it sends and gets. */
const loggedEach = 4;

const orchestrationOf = ({ states, transitions }: BakeTimes): CostLine[] => {
  const tasks = states.filter(({ isTask }) => isTask);
  const calls = tasks.reduce((sum, { attempts }) => sum + attempts, 0) + functionsAround;
  const gibSeconds = gibSecondsOf(tasks);
  const agent = states.find(({ state }) => state === "RunAgent");
  const looks = states.find(({ state }) => state === "ResolveOrigin")?.attempts ?? 0;
  const alive = Math.ceil((agent?.seconds ?? 0) / writes.secondsOfAlive);
  const written = writes.once + looks * writes.lookAtOrigin + alive;
  const asked = Math.ceil((agent?.worked ?? 0) * reads.secondOfAgent);
  const read = reads.once + reads.each * calls + asked;
  return [
    {
      what: `Step Functions, ${transitions} transitions`,
      dollars: transitions * prices.stepFunctionsTransition,
    },
    {
      what: `Lambda, ${calls} calls, ${gibSeconds.toFixed(0)} GiB-seconds`,
      dollars: calls * prices.lambdaRequest + gibSeconds * prices.lambdaGibSecond,
    },
    {
      what: `S3, at most ${written} writes and ${read} reads`,
      dollars: written * prices.s3Write + read * prices.s3Read,
    },
    { what: "one message and one event", dollars: prices.snsPublish + prices.eventBridgeEvent },
    {
      what: `CloudWatch Logs, about ${calls * loggedEach} KB`,
      dollars: ((calls * loggedEach) / 1_000_000) * prices.logsGb,
    },
  ];
};

/** Of the tasks' functions and of those around them; the first call of each is cold. */
const gibSecondsOf = (tasks: readonly StateTime[]): number => {
  const cold = latencies.coldFunction.seconds;
  const around = functionsAround * (latencies.task.seconds + cold) * functionMemory;
  const mibSeconds = tasks.reduce(
    (sum, { state, worked }) => sum + (worked + cold) * memoryOf(state),
    around,
  );
  return mibSeconds / 1024;
};

/** AWS asks for a minute at least, of what there was at all. */
const hours = (seconds: number): number => (seconds === 0 ? 0 : Math.max(60, seconds) / 3600);

/** States in which there is a builder; the last one ends it. */
const withBuilder = new Set(["ProvisionBuilder", "RunAgent", "CreateSnapshot", "ReleaseBuilder"]);

/** GiB of the disk that a builder boots from, of a public image: most have 8. */
const builderRoot = 8;

const machinesOf = (order: CostOrder): CostLine[] => {
  const { times, recipe, instanceType, rootVolumeSize: size, hasAddresses } = order;
  const secondsIn = (has: (state: string) => boolean) =>
    times.states.reduce((sum, { state, seconds }) => sum + (has(state) ? seconds : 0), 0);
  const builder = secondsIn((state) => withBuilder.has(state));
  const tester = secondsIn((state) => state === "TestImage");
  const price = instanceHour(instanceType);
  const machine = (what: string, seconds: number, note: string): CostLine => ({
    what: `${what}, ${instanceType} for ${Math.ceil(seconds)} s${note}`,
    dollars: price === undefined ? undefined : price * hours(seconds),
  });
  const disks = [
    { month: diskMonth({ type: "gp3", size: builderRoot }), seconds: builder },
    { month: diskMonth({ ...recipe.builder.volume, size }), seconds: builder },
    { month: diskMonth({ type: "gp3", size }), seconds: tester },
  ];
  return [
    machine("builder", builder, recipe.builder.spot ? ", at most: spot costs less" : ""),
    machine("test machine", tester, ""),
    {
      what: "their disks",
      dollars: disks.reduce((sum, { month, seconds }) => {
        return sum + (month / monthHours) * hours(seconds);
      }, 0),
    },
    ...(hasAddresses
      ? [
          {
            what: "their public addresses",
            dollars: prices.publicAddressHour * (hours(builder) + hours(tester)),
          },
        ]
      : []),
  ];
};
