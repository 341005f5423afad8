import prettyBytes from "pretty-bytes";
import type { KeptBuilder } from "../../local/kept-builders.ts";
import type { Swept } from "../../local/sweep.ts";
import { openBakery } from "../bakery.ts";
import { note, print, printJson } from "../output.ts";
import { releasedLine } from "../released-line.ts";
import { stateDirOf } from "../state-dir.ts";
import { localTime } from "../table.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Releases what dead bakes left, and says what is kept. */
export const sweep = async (_operands: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const swept = [...(await bakery.sweep()), ...pruned(await bakery.pruneSteps())];
  const kept = await bakery.kept();
  if (options.json) return printJson([...swept, ...kept.map(keptEntry)]);
  for (const one of swept) print(releasedLine(one));
  for (const one of kept) print(keptLine(one));
  if (swept.length + kept.length === 0) note("nothing is left by any bake");
};

const pruned = (disks: number): Swept[] =>
  disks === 0
    ? []
    : [{ bake: "the step cache", released: [`${disks} kept disk${disks === 1 ? "" : "s"}`] }];

const keptEntry = ({ bake, until }: KeptBuilder) => ({
  ...{ bake, released: [], keptUntil: until.toISOString() },
});

const keptLine = ({ bake, until, used }: KeptBuilder): string =>
  `kept ${bake} until ${localTime(until.toISOString())}, ${prettyBytes(used)}; \`ovenbird release ${bake}\` gives it back`;
