import { stat } from "node:fs/promises";
import prettyBytes from "pretty-bytes";
import { dirname } from "node:path";
import type { BakeEvent } from "../../core/bake-event.ts";
import type { Image } from "../../core/image.ts";
import { preflight } from "../../local/requirements/preflight.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import { readSecrets } from "../../local/secrets.ts";
import { openBakery, type Bakery } from "../bakery.ts";
import { interruptible } from "../interruptible.ts";
import { loadRecipe, type LoadedRecipe } from "../load-recipe.ts";
import { print } from "../output.ts";
import { duration } from "../progress/duration.ts";
import { progressOn, type Progress } from "../progress/progress.ts";
import { stateDirOf } from "../state-dir.ts";
import { releasedLine } from "../released-line.ts";

interface Options {
  set: Record<string, string>;
  json?: boolean;
  state?: string;
}

/** Bakes a recipe, and shows it: checks first, then what dead bakes left, then the bake. */
export const bake = async ([recipePath = ""]: string[], options: Options): Promise<void> => {
  const loaded = await loadRecipe(recipePath, options.set);
  await readSecrets(loaded.recipe.secrets, dirname(recipePath)); // can they be had, for the agent?
  const stateDir = stateDirOf(options.state);
  useSystemFolders();
  using progress = progressOn(process.stdout, { json: options.json ?? false });
  const order = { recipePath, loaded, stateDir, progress };
  const { bakery, image, seconds } = await interruptible(progress.note, (signal) =>
    bakeWhenReady({ ...order, signal }),
  );
  if (!options.json) print(await summary(bakery, image, seconds));
};

interface Order {
  recipePath: string;
  loaded: LoadedRecipe;
  stateDir: string;
  progress: Progress;
  signal: AbortSignal;
}

const bakeWhenReady = async ({ recipePath, loaded, stateDir, progress, signal }: Order) => {
  await preflight({ recipe: loaded.recipe, stateDir, say: progress.note });
  signal.throwIfAborted();
  const bakery = await openBakery(stateDir);
  for (const swept of await bakery.sweep()) progress.note(releasedLine(swept));
  signal.throwIfAborted();
  let seconds = 0;
  const events = (event: BakeEvent) => {
    if (event.event === "bake-finished") seconds = event.seconds;
    progress.show(event);
  };
  const { parameters } = loaded;
  const image = await bakery.bake({ recipePath, parameters, events, signal });
  return { bakery, image, seconds };
};

const summary = async (bakery: Bakery, image: Image, seconds: number): Promise<string> => {
  const { blocks } = await stat(bakery.disk(image));
  const used = prettyBytes(blocks * 512); // stat(2) counts blocks of 512 bytes, on any disk
  return [
    `image ${image.imageId} (${image.name}) baked in ${duration(seconds)}`,
    `size  ${image.rootVolumeSize} GiB, of which ${used} are in use`,
    `try   ovenbird boot ${image.name}`,
  ].join("\n");
};
