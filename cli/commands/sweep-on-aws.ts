import type { SweepReport, SweptBake } from "../../core/sweep-report.ts";
import { openCloud } from "../aws/cloud.ts";
import { note, print, printJson } from "../output.ts";
import { table } from "../table.ts";

interface Options {
  dryRun?: boolean;
  stage?: string;
  json?: boolean;
}

/**
 * Has a stage's own function release what dead bakes left, as it does every hour, or say what it
 * would release. What fails is an error; what is found is none.
 */
export const sweepOnAws = async (_operands: string[], options: Options): Promise<void> => {
  const cloud = await openCloud(options.stage);
  const report = await cloud.sweep(options.dryRun ?? false);
  if (options.json) return printJson(report);
  const rows = rowsOf(report);
  if (rows.length > 0) print(table(["BAKE", "WHY", "KIND", "ID", "DONE"], rows));
  else note(`nothing is left by any bake of the stage ${cloud.stage.name}`);
};

const whys = {
  dead: "its bake has ended",
  overdue: "takes longer than it may",
  untold: "nobody was told of its end",
} as const;

const rowsOf = ({ dryRun, bakes, copies }: SweepReport): string[][] => [
  ...bakes.flatMap((swept) => bakeRows(swept, dryRun)),
  ...Object.entries(copies).map(([imageId, copyOf]) => [
    ...["-", `copy of ${copyOf} that nothing needs`, "image", imageId],
    dryRun ? "would be removed" : "removed",
  ]),
];

const verbs = { dead: "released", overdue: "stopped", untold: "told and released" } as const;

/** An overdue bake is stopped, and its end releases what it holds. */
const bakeRows = ({ bake, because, things }: SweptBake, dryRun: boolean): string[][] => {
  const verb = verbs[because];
  const done = dryRun ? `would be ${verb}` : verb;
  const all = things.length > 0 ? things : [{ kind: "-", id: "-" }];
  return all.map(({ kind, id }) => [bake, whys[because], kind, id, done]);
};
