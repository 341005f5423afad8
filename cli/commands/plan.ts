import { dirname, resolve } from "node:path";
import { type BakePlan, planBake } from "../../core/bake-plan.ts";
import { missingText, readiness } from "../../local/requirements/preflight.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import { problemLine } from "../../core/recipe/invalid-recipe.ts";
import { ancestorText } from "../ancestor-text.ts";
import { pathsIn } from "../../local/paths.ts";
import { openBakery } from "../bakery.ts";
import { hostProblems } from "../check-host.ts";
import { headRows, problemRows, recipeRows } from "../plan-rows.ts";
import { openRecipes } from "../open-recipes.ts";
import { loadRecipes, type Order } from "../load-recipes.ts";
import { interruptible } from "../interruptible.ts";
import { note, print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";
import { lookAtStock, originOf, type StockDisk } from "../stock-disk.ts";
import { stockRows } from "../stock-rows.ts";
import { table } from "../table.ts";

interface Options {
  set: Record<string, string>;
  json?: boolean;
  state?: string;
}

interface Planned extends BakePlan {
  recipe: string;
  /** Of a stock disk, what was seen of it. */
  stock?: StockDisk;
  /** What stands in the bake's way on this machine. */
  problems: string[];
}

/** Says what bakes of these recipes would do, in their order; nothing is done. */
export const plan = async (operands: string[], options: Options): Promise<void> => {
  await using recipes = await openRecipes(operands, stateDirOf(options.state));
  const orders = await loadRecipes(recipes.files, options.set);
  useSystemFolders();
  const planned: Planned[] = [];
  await interruptible(note, async (signal) => {
    for (const order of orders) planned.push(await planOne(order, { orders, options, signal }));
  });
  if (options.json) return printJson(planned);
  print(planned.map(textOf).join("\n\n"));
};

const planOne = async (
  { recipePath, shown, recipe, hostUses }: Order,
  { orders, options, signal }: { orders: readonly Order[]; options: Options; signal: AbortSignal },
): Promise<Planned> => {
  const stateDir = stateDirOf(options.state);
  const { origin } = recipe;
  const { missing, problems } = await readiness({ recipe, stateDir });
  const absent = (await hostProblems(hostUses)).map(problemLine);
  const rest = {
    recipe: shown,
    problems: [...problems, ...absent, ...(missing.length > 0 ? [missingText(missing)] : [])],
  };
  if (origin.kind === "file") {
    const file = resolve(dirname(recipePath), origin.file);
    const look = { paths: pathsIn(stateDir), file, reference: origin, signal };
    const stock = await lookAtStock(look);
    return { ...planBake(recipe, originOf(look, stock)), stock, ...rest };
  }
  const isBakedFirst =
    origin.kind === "recipe" && orders.some(({ name }) => name === origin.recipe);
  const from = isBakedFirst ? undefined : await openBakery(stateDir).origin(origin);
  return { ...planBake(recipe, from), ...rest };
};

const textOf = (plan: Planned): string =>
  table(
    [],
    [
      ...headRows(plan, originText(plan)),
      ...(plan.stock === undefined ? [] : stockRows(plan.stock)),
      ...recipeRows(plan),
      ...problemRows(plan.problems),
    ],
  );

const originText = ({ origin, from }: Planned): string => {
  if (origin.kind === "file") return `${origin.file}, a stock disk`;
  if (from === undefined) return `${origin.kind === "recipe" ? origin.recipe : ""}, baked first`;
  return from.lineage.slice(0, 1).map(ancestorText).join("");
};
