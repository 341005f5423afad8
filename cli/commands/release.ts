import { openBakery } from "../bakery.ts";
import { print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Gives kept builders back; all of them are found before the first goes. */
export const release = async (names: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const found = await Promise.all(names.map((name) => bakery.findKept(name)));
  const kept = new Map(found.map((one) => [one.bake, one]));
  for (const one of kept.values()) {
    await bakery.release(one);
    if (!options.json) print(`released the builder of ${one.bake}`);
  }
  if (options.json) printJson([...kept.keys()].map((bake) => ({ bake })));
};
