import { surroundingsOf } from "../../aws/surroundings.ts";
import { openAccountIfAny } from "../aws/account.ts";
import { dropKey } from "../aws/drop-key.ts";
import { planOnAccount, type PlannedOnAws } from "../aws/plan-bake.ts";
import { planText } from "../aws/plan-text.ts";
import { onAws, loadRecipes } from "../load-recipes.ts";
import { openRecipes } from "../open-recipes.ts";
import { note, print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  set: Record<string, string>;
  prefix?: string;
  stage?: string;
  json?: boolean;
  state?: string;
}

/** Says what bakes of these recipes would do in an AWS account, in their order; it only reads. */
export const planOnAws = async (operands: string[], options: Options): Promise<void> => {
  const prefix = dropKey("", options.prefix).replace(/\/$/, "");
  await using recipes = await openRecipes(operands, stateDirOf(options.state));
  const account = await openAccountIfAny(options.stage);
  const surroundings = "stage" in account ? surroundingsOf(account.stage) : "any";
  const orders = await loadRecipes(recipes.files, options.set, onAws(surroundings));
  if ("absent" in account) note(`planned without an account: ${account.absent}`);
  const planned: PlannedOnAws[] = [];
  for (const order of orders) {
    planned.push(await planOnAccount({ order, orders, account, prefix }));
  }
  if (options.json) return printJson(planned);
  print(planned.map(planText).join("\n\n"));
};
