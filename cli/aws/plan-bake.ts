import { functionName } from "../../aws/function-name.ts";
import { instanceTypes } from "../../aws/machine/instance-types.ts";
import type { LookedAt } from "../../aws/origin/look.ts";
import { type BakePlan, planBake } from "../../core/bake-plan.ts";
import type { BuilderWishes } from "../../core/builder-wishes.ts";
import type { ImageAttributes } from "../../core/image-attributes.ts";
import { callsOf, type StateCalls } from "../../core/estimate/calls.ts";
import { type BakeCost, costOf, totalOf } from "../../core/estimate/cost.ts";
import { networkNotes } from "../../core/estimate/network-notes.ts";
import { type BakeTimes, timesOf } from "../../core/estimate/times.ts";
import { mostOf } from "../../core/estimate/work.ts";
import type { UncopiedStock } from "../../core/origin.ts";
import { priceTable } from "../../core/prices.ts";
import { settleOrigin, usualArchitecture, usualVolumeSize } from "../../core/settle-origin.ts";
import { unlookedOrigin } from "../../core/unlooked-origin.ts";
import { permissions } from "../../stacks/permissions.ts";
import type { Permission } from "../../stacks/permissions/permission.ts";
import { readBakeDefinition } from "../bake-definition.ts";
import type { Order } from "../load-recipes.ts";
import type { Account } from "./account.ts";
import { placesOf } from "./places.ts";
import { keyNotes, policyProblems } from "./plan-remarks.ts";
import { sharingNotes } from "./sharing-notes.ts";

/** A state with its calls, and who makes them. */
export interface PlannedState extends StateCalls {
  /** The function whose role has the permissions; absent where no stage is known. */
  function?: string;
  /** All that the role may do, what is for failures among it. */
  permissions?: readonly Permission[];
}

/** What a bake in an AWS account would do. */
export interface PlannedOnAws extends BakePlan {
  recipe: string;
  /** Absent where no stage was looked at; then `absent` says why. */
  stage?: { name: string; account: string; region: string; network: string };
  absent?: string;
  /** A stock origin that is to be copied into the account first. */
  stock?: UncopiedStock;
  /** Whether its origin is among the recipes of the plan. */
  bakedFirst: boolean;
  /** What the recipe asks of its builder and of its image. */
  builder: BuilderWishes;
  attributes: ImageAttributes;
  /** Whether the account has the copy of a stock origin. */
  copy: "none" | "there" | "needed";
  /** In the order in which they are tried. */
  instanceTypes: readonly string[];
  /** The image that builders boot. */
  builderImage?: string;
  states: PlannedState[];
  /** `most`: seconds that all steps and tests together may take by their timeouts. */
  times: BakeTimes & { most: number };
  cost: BakeCost & { total: { orchestration?: number; machines?: number; storage?: number } };
  prices: typeof priceTable;
  notes: string[];
  /** What stands in the bake's way. */
  problems: string[];
}

export interface PlanOrder {
  order: Order;
  /** All that are baked together. */
  orders: readonly Order[];
  account: Account | { absent: string };
  /** Below which it would be dropped. */
  prefix: string;
}

/** A looked-at account, or none. */
const known = (account: PlanOrder["account"]): Account | undefined =>
  "stage" in account ? account : undefined;

/** Plans one bake. Throws NotFound, OriginRefused, and what AWS's reads throw. */
export const planOnAccount = async (plan: PlanOrder): Promise<PlannedOnAws> => {
  const { recipe, shown } = plan.order;
  const account = known(plan.account);
  const { origin } = recipe;
  const isBakedFirst =
    origin.kind === "recipe" && plan.orders.some(({ name }) => name === origin.recipe);
  const looked = isBakedFirst ? undefined : await account?.origin(origin);
  const facts = factsOf(plan.order, looked);
  const copy = looked?.copy ?? guessedCopy(plan, isBakedFirst);
  const types = instanceTypes(recipe.builder, facts.architecture ?? usualArchitecture);
  const image = await account?.builderImage(facts.architecture ?? usualArchitecture);
  return {
    recipe: shown,
    ...facts,
    ...placeOf(plan.account),
    ...{ copy, instanceTypes: types, prices: priceTable, bakedFirst: isBakedFirst },
    ...{ builder: recipe.builder, attributes: recipe.attributes },
    ...(image && { builderImage: image.imageId }),
    states: statesOf(plan, copy),
    ...(await estimated(plan, { looked, copy, types, size: facts.rootVolumeSize })),
    notes: await notesOf(plan, looked, image === undefined),
    problems: account === undefined ? [] : await problemsOf(account, plan, looked),
  };
};

const placeOf = (account: PlanOrder["account"]): Pick<PlannedOnAws, "stage" | "absent"> => {
  if ("absent" in account) return { absent: account.absent };
  const { name, account: id, region, network } = account.stage;
  return { stage: { name, account: id, region, network: network.mode } };
};

/** The plan as one machine has it, with what the account told of the origin. */
const factsOf = ({ recipe }: Order, looked: LookedAt | undefined) => {
  if (looked?.copy !== "needed")
    return planBake(recipe, looked?.origin ?? unlookedOrigin(recipe.origin));
  const { stock, architecture, rootVolumeSize } = looked;
  const origin = { lineage: [], snapshotId: null, architecture, rootVolumeSize };
  const settled = settleOrigin(recipe, origin);
  return {
    ...planBake(recipe),
    ...{ stock, architecture: settled.architecture, rootVolumeSize: settled.rootVolumeSize },
  };
};

/** Of stock images that nobody looked at it is taken that they have to be copied. */
const guessedCopy = ({ order }: PlanOrder, isBakedFirst: boolean): PlannedOnAws["copy"] =>
  !isBakedFirst && ["filter", "parameter", "image"].includes(order.recipe.origin.kind)
    ? "needed"
    : "none";

const statesOf = ({ order, account }: PlanOrder, copy: PlannedOnAws["copy"]): PlannedState[] => {
  const all = callsOf({ recipe: order.recipe, copy });
  if ("absent" in account) return all;
  const table = permissions(placesOf(account.stage));
  return all.map(({ state, calls }) => ({
    ...{ state, calls, function: functionName(account.stage.name, state) },
    permissions: table[state as keyof typeof table],
  }));
};

interface Estimated {
  looked: LookedAt | undefined;
  copy: PlannedOnAws["copy"];
  types: readonly string[];
  size: number | undefined;
}

const estimated = async (
  { order: { recipe }, account }: PlanOrder,
  { looked, copy, types, size }: Estimated,
) => {
  const times = timesOf(await readBakeDefinition(), { recipe, copies: copy === "needed" });
  const rootVolumeSize = size ?? usualVolumeSize;
  const cost = costOf({
    ...{ times, recipe, instanceType: types[0] ?? "", rootVolumeSize },
    copySize: copy === "none" ? undefined : (sizeOfOrigin(looked) ?? rootVolumeSize),
    hasAddresses: "absent" in account || account.stage.network.mode === "public",
  });
  const total = {
    orchestration: totalOf(cost.orchestration),
    ...{ machines: totalOf(cost.machines), storage: totalOf(cost.storage) },
  };
  return { times: { ...times, most: mostOf(recipe) }, cost: { ...cost, total } };
};

const sizeOfOrigin = (looked: LookedAt | undefined): number | undefined =>
  looked?.copy === "needed" ? looked.rootVolumeSize : looked?.origin.rootVolumeSize;

const notesOf = async (
  { order: { recipe }, account }: PlanOrder,
  looked: LookedAt | undefined,
  isBlind: boolean,
): Promise<string[]> => {
  if ("absent" in account) {
    const guesses =
      "no account was looked at, so a stock origin is taken to be uncopied, and the network public";
    return [...(isBlind ? [guesses] : []), ...sharingNotes(recipe)];
  }
  const { mode } = account.stage.network;
  const first = looked?.copy === "needed" ? looked.stock : looked?.origin.lineage[0];
  const originName = first !== undefined && "name" in first ? first.name : undefined;
  return [
    ...networkNotes({ mode, recipe, originName }),
    ...(await keyNotes(account, recipe.builder.kmsKey)),
    ...sharingNotes(recipe),
  ];
};

const problemsOf = async (
  account: Account,
  { order, prefix }: PlanOrder,
  looked: LookedAt | undefined,
): Promise<string[]> => policyProblems(account, order, { prefix, looked });
