import type { Image } from "../../core/image.ts";
import { openBakery } from "../bakery.ts";
import { print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Removes images; all of them are found before the first goes. */
export const rm = async (names: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const found = new Map<string, Image>();
  for (const name of names) {
    const image = await bakery.find(name);
    found.set(image.imageId, image);
  }
  for (const image of found.values()) {
    await bakery.remove(image);
    if (!options.json) print(`removed ${image.imageId} (${image.name})`);
  }
  if (options.json) printJson([...found.values()]);
};
