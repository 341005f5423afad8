import { parseArgs } from "node:util";
import { bakeAtOnce, type Bound, boundsOf, callsNeeded } from "../test/support/aws-double/crowd.ts";
import { bucketOf } from "../test/support/aws-double/buckets.ts";
import { kebab } from "../test/support/machine.ts";
import { dollars, priceHeading } from "../cli/price-words.ts";
import { table } from "../cli/table.ts";
import { functionMemory, memoryOf } from "../core/estimate/function-memory.ts";
import { priceTable } from "../core/prices.ts";
import { costOfAgent, usualCost } from "./cost.ts";
import { anotherDay, callsTake, polledLate, statesInTurn, tasksInTurn } from "./critical-path.ts";
import { type BuiltFunction, measureImports } from "./imports.ts";
import { median } from "./median.ts";
import { packerPolls } from "./packer.ts";

/*
 * What baking on AWS costs beside what AWS itself takes, in the virtual time of our own AWS
 * (test/support/aws-double): one bake's critical path, and many bakes at once under EC2's token
 * buckets. Imports are measured here; no account was asked.
 */

const { values } = parseArgs({
  options: {
    bakes: { type: "string", default: "1000" },
    days: { type: "string", default: "12" },
    rounds: { type: "string", default: "5" },
  },
});
const [bakes, days, rounds] = [Number(values.bakes), Number(values.days), Number(values.rounds)];
if (![bakes, days, rounds].every((number) => Number.isInteger(number) && number > 0)) {
  throw new Error("--bakes, --days and --rounds are numbers, at least 1");
}

/** Milliseconds from a state to the next; nobody publishes a figure, so this one is assumed. */
const transition = 50;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const most = (numbers: readonly number[]) => Math.max(...numbers);
const print = (text: string) => process.stdout.write(`${text}\n`);

/**
 * Milliseconds of processors, which others on this machine do not lengthen; with the share of one
 * that a function of less memory has (docs.aws.amazon.com/lambda/latest/dg/configuration-memory).
 */
const importOf = (all: readonly BuiltFunction[], task: string): number =>
  Math.max(1, functionMemory / memoryOf(task)) *
  median(
    all.find(({ name }) => name === kebab(task))?.times.map(({ processor }) => processor) ?? [],
  );

const onePath = async (): Promise<void> => {
  const built = await measureImports(rounds);
  const imports = tasksInTurn.reduce((sum, task) => sum + importOf(built, task), 0);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let day = 0; day < days; day++) {
    const times = anotherDay();
    ours.push(await polledLate(times));
    theirs.push(packerPolls(times));
  }
  const transitions = statesInTurn * transition;
  print(
    table(
      ["one bake: what is added to its critical path", "median", "most"],
      [
        [`${tasksInTurn.length} cold functions, one after the other`, seconds(imports), ""],
        [`polls that come late, on ${days} days`, seconds(median(ours)), seconds(most(ours))],
        [`${statesInTurn} states, of ${transition} ms (assumed)`, seconds(transitions), ""],
        [
          "in all (at most 5 s)",
          seconds(imports + median(ours) + transitions),
          seconds(imports + most(ours) + transitions),
        ],
        ["beside it: AWS's calls, one after the other", seconds(await callsTake()), ""],
        [
          "polls of Packer's amazon-chroot (a model)",
          seconds(median(theirs)),
          seconds(most(theirs)),
        ],
      ],
    ),
  );
};

const costs = (): void => {
  const rows = [5, 30, 180].map((minutes) => [
    ...[`whose agent works ${minutes} minutes`, dollars(costOfAgent(minutes * 60))],
  ]);
  const usual = ["a usual one (under 0.01)", dollars(usualCost())];
  print(table(["orchestration of a bake", priceHeading(priceTable)], [usual, ...rows]));
};

const row = ({ bucket, calls, seconds: takes }: Bound): string[] => [
  ...[bucket.name, `${bucket.burst}, ${bucket.refill} a second`],
  ...[String(calls), `${Math.round(takes)} s`],
];

const manyAtOnce = async (): Promise<void> => {
  const bounds = boundsOf(bakes, await callsNeeded());
  const ends = await bakeAtOnce(bakes);
  const ratio = (ends.seconds / (bounds[0]?.seconds ?? 0)).toFixed(2);
  print(table(["bucket", "tokens", "calls a bake", "at least"], bounds.slice(0, 5).map(row)));
  const failed = Object.values(ends.failed).reduce((sum, count) => sum + count, 0);
  print(
    table(
      [`${bakes} bakes at once`, ""],
      [
        ["failed", String(failed), ...Object.keys(ends.failed).slice(0, 3)],
        ["took", `${Math.round(ends.seconds)} s`],
        ["to what the buckets imply (at most 1.2)", ratio],
        ["calls that EC2 refused for want of tokens", String(ends.throttled)],
        ["looks at EC2, a bake", (looks(ends.calls) / bakes).toFixed(0)],
      ],
    ),
  );
  const rows = [...ends.tasks].map(([task, times]) => [
    ...[task, ...[median(times), most(times)].map((time) => `${time.toFixed(1)} s`)],
  ]);
  print(table(["where they were, waits among it", "median", "most"], rows));
};

/** Of the calls that EC2 let through, those of the bucket of looks. */
const looks = (calls: ReadonlyMap<string, number>): number =>
  [...calls].reduce(
    (sum, [call, count]) => sum + (bucketOf(call).name === "describing" ? count : 0),
    0,
  );

await onePath();
costs();
await manyAtOnce();
