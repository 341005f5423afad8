import type { BakePlan } from "../core/bake-plan.ts";
import { hostRows } from "./host-rows.ts";
import { tagText } from "./table.ts";

/* What plans of all places show of a recipe, as rows of a table. */

export const headRows = (
  plan: Pick<BakePlan, "image"> & { recipe: string },
  origin: string,
): string[][] => [
  ["recipe", plan.recipe],
  ["image", plan.image],
  ["origin", origin],
];

export const recipeRows = (plan: BakePlan, needs = "needs --allow-host"): string[][] => [
  ["architecture", plan.architecture ?? "the origin's"],
  ["disk", plan.rootVolumeSize === undefined ? "the origin's" : `${plan.rootVolumeSize} GiB`],
  ...Object.entries(plan.parameters).map(([name, value]) => ["parameter", `${name}=${value}`]),
  ...plan.secrets.map((name) => ["secret", name]),
  ...hostRows(plan.host, needs),
  ...plan.steps.map(stepRow),
  ...plan.tests.map((name) => ["test", name]),
  ...(plan.tests.length === 0 ? [["test", "boots: clock, network, no failed unit"]] : []),
  ...(Object.keys(plan.tags).length > 0 ? [["tags", tagText(plan.tags)]] : []),
];

/** One a line: a problem may have several. */
export const problemRows = (problems: readonly string[]): string[][] =>
  problems.flatMap((text) => text.split("\n").map((line) => ["problem", line]));

const stepRow = ({ name, kind, skipped }: BakePlan["steps"][number], index: number): string[] => [
  `step ${index + 1}`,
  `${name} (${kind})${skipped === undefined ? "" : `, skipped: ${skipped}`}`,
];
