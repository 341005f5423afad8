import { openBakery } from "../bakery.ts";
import { note, print, printJson } from "../output.ts";
import { releasedLine } from "../released-line.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Releases what dead bakes left. */
export const sweep = async (_operands: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const swept = await bakery.sweep();
  if (options.json) printJson(swept);
  else if (swept.length === 0) note("nothing is left by any bake");
  else for (const one of swept) print(releasedLine(one));
};
