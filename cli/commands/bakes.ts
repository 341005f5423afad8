import { recipeOfBake } from "../../core/ids.ts";
import type { Execution } from "../../core/executions.ts";
import { openCloud } from "../aws/cloud.ts";
import { note, print, printJson } from "../output.ts";
import { duration } from "../progress/duration.ts";
import { localTime, table } from "../table.ts";

interface Options {
  /** How many are listed. */
  last: number;
  stage?: string;
  json?: boolean;
}

/** Lists the bakes of a stage, the newest first. */
export const bakes = async (_operands: string[], options: Options): Promise<void> => {
  const { executions } = await openCloud(options.stage);
  const found: Execution[] = [];
  for await (const execution of executions.list()) {
    found.push(execution);
    if (found.length === options.last) break;
  }
  if (options.json) printJson(found);
  else if (found.length === 0) note("no bakes yet: start one with `ovenbird push RECIPE`");
  else print(table(["BAKE", "RECIPE", "STATUS", "STARTED", "TOOK"], found.map(row)));
};

const row = ({ bake, status, started, ended = new Date() }: Execution): string[] => [
  ...[bake, recipeOfBake(bake), status, localTime(started.toISOString())],
  duration((ended.getTime() - started.getTime()) / 1000),
];
