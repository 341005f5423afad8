import { dirname, resolve } from "node:path";
import { type BakePlan, planBake } from "../../core/bake-plan.ts";
import type { Ancestor } from "../../core/origin.ts";
import { refusalText, refusedOrigins } from "../../core/policy/judge-origin.ts";
import type { ProvenancePolicy } from "../../core/policy/schema.ts";
import { tightened } from "../../core/policy/tighten.ts";
import { missingText, readiness } from "../../local/requirements/preflight.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import { problemLine } from "../../core/recipe/invalid-recipe.ts";
import { ancestorText } from "../ancestor-text.ts";
import { pathsIn } from "../../local/paths.ts";
import { openBakery } from "../bakery.ts";
import { cacheFolder } from "../cache-folder.ts";
import { hostProblems } from "../check-host.ts";
import { headRows, problemRows, recipeRows } from "../plan-rows.ts";
import { openRecipes } from "../open-recipes.ts";
import { loadRecipes, type Order } from "../load-recipes.ts";
import { localProvenance, type ProvenanceOptions } from "../local-provenance.ts";
import { interruptible } from "../interruptible.ts";
import { note, print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";
import { ancestorOf, lookAtStock, originOf, type StockDisk } from "../stock-disk.ts";
import { stockRows } from "../stock-rows.ts";
import { table } from "../table.ts";

interface Options extends Pick<ProvenanceOptions, "policy"> {
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
  const { inForce } = await localProvenance(options, cacheFolder());
  useSystemFolders();
  const planned: Planned[] = [];
  const stateDir = stateDirOf(options.state);
  await interruptible(note, async (signal) => {
    const around = { orders, stateDir, policy: inForce.policy, signal };
    for (const order of orders) planned.push(await planOne(order, around));
  });
  if (options.json) return printJson(planned);
  print(planned.map(textOf).join("\n\n"));
};

interface Around {
  orders: readonly Order[];
  stateDir: string;
  /** The operator's. */
  policy: ProvenancePolicy;
  signal: AbortSignal;
}

const planOne = async (order: Order, around: Around): Promise<Planned> => {
  const { recipePath, shown, recipe, hostUses } = order;
  const { orders, stateDir, signal } = around;
  const { origin } = recipe;
  const { missing, problems } = await readiness({ recipe, stateDir });
  const absent = (await hostProblems(hostUses)).map(problemLine);
  const rest = (lineage: readonly Ancestor[]) => ({
    recipe: shown,
    problems: [
      ...refusals(order, around, lineage),
      ...problems,
      ...absent,
      ...(missing.length > 0 ? [missingText(missing)] : []),
    ],
  });
  if (origin.kind === "file") {
    const file = resolve(dirname(recipePath), origin.file);
    const look = { paths: pathsIn(stateDir), file, reference: origin, signal };
    const stock = await lookAtStock(look);
    const ancestor = ancestorOf(look, stock);
    const plan = planBake(recipe, originOf(look, stock));
    return { ...plan, stock, ...rest(ancestor === undefined ? [] : [ancestor]) };
  }
  const isBakedFirst =
    origin.kind === "recipe" && orders.some(({ name }) => name === origin.recipe);
  const from = isBakedFirst ? undefined : await openBakery(stateDir).origin(origin);
  return { ...planBake(recipe, from), ...rest(from?.lineage ?? []) };
};

/** What the provenance policy would refuse of the finished image for what it descends from. */
const refusals = ({ recipe }: Order, { policy }: Around, lineage: readonly Ancestor[]): string[] =>
  refusedOrigins(tightened(policy, recipe.policy).policy, { lineage, now: new Date() }).map(
    refusalText,
  );

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
