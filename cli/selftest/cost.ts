import { instanceTypes } from "../../aws/machine/instance-types.ts";
import { costOf, type CostLine, totalOf } from "../../core/estimate/cost.ts";
import { measuredTimes } from "../../core/estimate/measured.ts";
import { type BakeId, recipeOfBake } from "../../core/ids.ts";
import type { ResolvedRecipe } from "../../core/job.ts";
import { priceTable } from "../../core/prices.ts";
import { parseRecipe } from "../../core/recipe/read.ts";
import { resolveRecipe } from "../../core/recipe/resolve.ts";
import { usualArchitecture, usualVolumeSize } from "../../core/settle-origin.ts";
import { dollars, priceHeading } from "../price-words.ts";
import { table } from "../table.ts";
import type { BakeTimes } from "./journal.ts";
import { broken, endless, good } from "./recipes.ts";

/** What a bake of the selftest's cost, by the times that it took; dollars. */
export interface PaidBake {
  bake: BakeId;
  orchestration: CostLine[];
  machines: CostLine[];
  total: number | undefined;
}

/**
 * By bake, in the order of the times. What they leave is removed with the stage, and not counted:
 * a month of a snapshot costs what a plan says.
 */
export const paidFor = (definition: unknown, bakes: readonly BakeTimes[]): PaidBake[] =>
  bakes.map(({ bake, states }) => {
    const recipe = recipeOf(bake);
    const { orchestration, machines } = costOf({
      ...{ recipe, times: measuredTimes(definition, states) },
      instanceType: instanceTypes(recipe.builder, usualArchitecture)[0] ?? "",
      ...{ rootVolumeSize: usualVolumeSize, copySize: undefined },
      hasAddresses: true, // the stage's network is public, as nothing else was said
    });
    return { bake, orchestration, machines, total: totalOf([...orchestration, ...machines]) };
  });

const recipeOf = (bake: BakeId): ResolvedRecipe => {
  const found = [good, broken, endless].find(({ name }) => name === recipeOfBake(bake));
  if (found === undefined) throw new Error(`the selftest has no recipe of ${bake}`);
  const recipe = parseRecipe(found.text, found.key);
  return resolveRecipe(recipe, { set: {}, environment: {}, surroundings: {} });
};

/** For people: a column a bake. */
export const costText = (definition: unknown, bakes: readonly BakeTimes[]): string => {
  const paid = paidFor(definition, bakes);
  const row = (what: string, of: (one: PaidBake) => number | undefined) => [
    what,
    ...paid.map((one) => dollars(of(one))),
  ];
  return [
    table(
      ["COST", ...paid.map(({ bake }) => recipeOfBake(bake))],
      [
        row("orchestration", ({ orchestration }) => totalOf(orchestration)),
        row("machines", ({ machines }) => totalOf(machines)),
        row("sum", ({ total }) => total),
      ],
    ),
    `${priceHeading(priceTable)}; by the times above, without what the stage itself costs by the hour`,
  ].join("\n");
};
