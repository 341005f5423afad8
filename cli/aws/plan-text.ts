import type { BuilderWishes } from "../../core/builder-wishes.ts";
import type { BakeCost, CostLine } from "../../core/estimate/cost.ts";
import { latencies } from "../../core/estimate/latencies.ts";
import type { StateTime } from "../../core/estimate/times.ts";
import { ancestorText } from "../ancestor-text.ts";
import { dollars, priceHeading } from "../price-words.ts";
import { headRows, problemRows, recipeRows } from "../plan-rows.ts";
import { duration } from "../progress/duration.ts";
import { table } from "../table.ts";
import type { PlannedOnAws, PlannedState } from "./plan-bake.ts";

/** A plan for people: the recipe, the calls with whose role makes them, the times, the cost. */
export const planText = (plan: PlannedOnAws): string =>
  [
    table([], [...headRows(plan, originText(plan)), ...rowsOf(plan)]),
    table(["STATE", "CALLS"], plan.states.flatMap(callRows)),
    table(["STATE", "SECONDS", "WAITS UNTIL", "BY"], timeRows(plan)),
    table(["COST", costHeading(plan)], costRows(plan.cost)),
  ].join("\n\n");

const rowsOf = (plan: PlannedOnAws): string[][] => [
  ...recipeRows(plan, "needs a policy of its prefix with host: true"),
  ...placeRows(plan),
  ...wishRows(plan.builder),
  ["builder", `${plan.instanceTypes.join(", ")}: the first that is to be had`],
  ...(plan.builderImage === undefined ? [] : [["", `boots ${plan.builderImage}`]]),
  ...plan.notes.map((note) => ["note", note]),
  ...problemRows(plan.problems),
];

const placeRows = ({ stage }: PlannedOnAws): string[][] =>
  stage === undefined
    ? [["stage", "none was looked at"]]
    : [
        ["stage", `${stage.name}, of the account ${stage.account} in ${stage.region}`],
        ["network", networks[stage.network as keyof typeof networks] ?? stage.network],
      ];

/** What the recipe asks for in words of its own. */
const wishRows = ({ spot, subnet, securityGroup, ports, kmsKey, volume }: BuilderWishes) =>
  [
    ...(spot ? ["spare capacity first"] : []),
    ...(subnet === undefined ? [] : [`the subnet ${subnet}`]),
    ...(securityGroup === undefined ? [] : [`the security group ${securityGroup}`]),
    ...(ports.length === 0 ? [] : [`ports ${ports.join(", ")}, beside 80 and 443`]),
    ...(kmsKey === undefined ? [] : [`the key ${kmsKey}`]),
    ...(volume.type === "gp3" && volume.iops === undefined && volume.throughput === undefined
      ? []
      : [`a working disk ${Object.values(volume).join(" ")}`]),
  ].map((what) => ["asks for", what]);

const networks = {
  public: "public subnets, nothing comes in",
  nat: "private subnets, out through a NAT gateway",
  endpoints: "private subnets, out to AWS's endpoints only",
} as const;

const originText = ({ origin, from, stock, bakedFirst }: PlannedOnAws): string => {
  if (stock !== undefined) return `${ancestorText(stock)}, copied into the account first`;
  const [first] = from?.lineage ?? [];
  if (first !== undefined) {
    return `${ancestorText(first)}${first.kind === "stock" ? `, by its copy ${first.copyId}` : ""}`;
  }
  switch (origin.kind) {
    case "recipe":
      return bakedFirst ? `${origin.recipe}, baked first` : `the newest image of ${origin.recipe}`;
    case "scratch":
      return ancestorText({ ...origin, kind: "scratch" });
    case "image":
      return origin.imageId;
    case "parameter":
      return `the image in ${origin.parameter}`;
    case "filter":
      return `the newest image of ${origin.owners.join(", ")} that fits`;
    case "file":
      return origin.file;
  }
};

/** Leave that goes with calls without being one. */
const beside = /^(?:kms|iam):|:CreateTags$|^s3:ListBucket$|:AddTagsToResource$/;

const callRows = (state: PlannedState): string[][] => {
  const rows = [[state.state, state.calls.join(" ")]];
  if (state.function === undefined) return rows;
  const all = new Set((state.permissions ?? []).flatMap(({ actions }) => actions));
  const more = [...all].filter((action) => beside.test(action) && !state.calls.includes(action));
  const also = more.length === 0 ? "" : `, with ${more.join(" ")}`;
  return [...rows, ["", `by the role of ${state.function}${also}`]];
};

const seconds = (count: number): string => count.toFixed(1);

const timeRows = ({ times }: PlannedOnAws): string[][] => {
  const critical = times.states.filter(({ isCritical }) => isCritical);
  const tasks = critical.filter(({ isTask }) => isTask);
  const calls = tasks.length * (latencies.coldFunction.seconds + latencies.task.seconds);
  const late = critical.reduce((sum, { late: one }) => sum + one, 0);
  return [
    ...critical.flatMap(workRows),
    ["all", seconds(late), "somebody looks", "the state machine's own Retry"],
    [
      ...["all", seconds(calls), `${tasks.length} functions start and answer, cold`],
      `${latencies.coldFunction.source}; ${latencies.task.source}`,
    ],
    [
      ...["all", seconds(critical.length * latencies.transition.seconds), "the next state begins"],
      latencies.transition.source,
    ],
    ["sum", seconds(times.seconds), ...sumText(times)],
  ];
};

const sumText = ({ seconds: sum, most }: PlannedOnAws["times"]): string[] => [
  `the bake ends, after ${duration(sum)}`,
  `steps and tests may take ${duration(most)} by their timeouts`,
];

const workRows = ({ state, work }: StateTime): string[][] =>
  work.map(({ what, seconds: count, source }) => [state, seconds(count), what, source]);

const costHeading = ({ prices, stage }: PlannedOnAws): string => {
  const { region } = prices;
  const elsewhere =
    stage === undefined || stage.region === region ? "" : `; ${stage.region} may ask for more`;
  return `${priceHeading(prices)}${elsewhere}`;
};

const costRows = (cost: PlannedOnAws["cost"]): string[][] => [
  ...group("orchestration", cost),
  ...group("machines", cost),
  ...group("storage", cost, " a month"),
];

const group = (name: keyof BakeCost, cost: PlannedOnAws["cost"], each = ""): string[][] => [
  [name, `${dollars(cost.total[name])}${each}`],
  ...cost[name].map((line: CostLine) => ["", `${dollars(line.dollars)}  ${line.what}`]),
];
