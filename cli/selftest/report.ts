import { recipeOfBake } from "../../core/ids.ts";
import { SelftestFailed } from "../errors.ts";
import { duration } from "../progress/duration.ts";
import { priceTable } from "../../core/prices.ts";
import { table } from "../table.ts";
import type { PaidBake } from "./cost.ts";
import type { BakeTimes, Findings } from "./journal.ts";

/** What bakes cost, in a line or some. */
export type Cost = (bakes: readonly BakeTimes[]) => string;

/** The same as `reportText`, for programs; with what bakes cost where somebody knows. */
export const findingsJson = ({ proofs, bakes }: Findings, paid?: readonly PaidBake[]) => ({
  proofs: proofs.map(({ problem, ...proof }) => ({
    ...proof,
    proven: problem === undefined,
    problem,
  })),
  bakes: bakes.map((one) => ({ ...one, states: Object.fromEntries(one.states) })),
  ...(paid !== undefined && { prices: priceTable, costs: paid }),
});

/**
 * What was found out, for people: what is so, how long each bake was in each state, and what they
 * cost where somebody knows.
 */
export const reportText = ({ proofs, bakes }: Findings, cost?: Cost): string => {
  const rows = proofs.map(({ what, seconds, problem }) => [
    ...[problem === undefined ? "✓" : "✗", what, duration(seconds)],
  ]);
  const parts = [table(["", "WHAT", "TOOK"], rows)];
  if (bakes.length > 0) parts.push(timesText(bakes));
  if (cost !== undefined && bakes.length > 0) parts.push(cost(bakes));
  return parts.join("\n\n");
};

const cell = (seconds: number | undefined): string =>
  seconds === undefined ? "" : duration(seconds);

const timesText = (bakes: readonly BakeTimes[]): string => {
  const states = new Set(bakes.flatMap((one) => [...one.states.keys()]));
  const rows = [...states].map((state) => [
    state,
    ...bakes.map((one) => cell(one.states.get(state))),
  ]);
  const whole = ["all", ...bakes.map(({ seconds }) => duration(seconds))];
  return table(["STATE", ...bakes.map(({ bake }) => recipeOfBake(bake))], [...rows, whole]);
};

/** Throws SelftestFailed for each thing that is not so. */
export const assertProven = ({ proofs }: Findings): void => {
  const problems = proofs.flatMap(({ what, problem }) =>
    problem === undefined ? [] : [new SelftestFailed(`${what}: ${problem}`)],
  );
  if (problems.length > 0) throw new AggregateError(problems);
};
