import { stat } from "node:fs/promises";
import prettyBytes from "pretty-bytes";
import type { BakeEvent } from "../../core/bake-event.ts";
import type { Image } from "../../core/image.ts";
import { preflight } from "../../local/requirements/preflight.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import { BakeFailure } from "../bake-failure.ts";
import { bakeFamily } from "../bake-family.ts";
import type { BakeChoices } from "../bake-choices.ts";
import { type Bakery, openBakery } from "../bakery.ts";
import { cacheFolder } from "../cache-folder.ts";
import { checkHost } from "../check-host.ts";
import { localProvenance, type ProvenanceOptions } from "../local-provenance.ts";
import { openRecipes } from "../open-recipes.ts";
import { interruptible } from "../interruptible.ts";
import { judgedText, keptText } from "../kept-text.ts";
import { loadRecipes, type Order } from "../load-recipes.ts";
import { duration } from "../progress/duration.ts";
import { progressOn, type Progress } from "../progress/progress.ts";
import { verdictLine } from "../verdict-page.ts";
import { stateDirOf } from "../state-dir.ts";
import { releasedLine } from "../released-line.ts";

interface Options extends ProvenanceOptions {
  set: Record<string, string>;
  parallel: number;
  /** False with --no-cache. */
  cache: boolean;
  /** GiB. */
  cacheLimit: number;
  allowHost?: boolean;
  keepBuilder?: boolean;
  json?: boolean;
  state?: string;
}

/** Bakes recipes, and shows it: checks first, then what dead bakes left, then the bakes. */
export const bake = async (operands: string[], options: Options): Promise<void> => {
  const stateDir = stateDirOf(options.state);
  await using recipes = await openRecipes(operands, stateDir);
  const orders = await loadRecipes(recipes.files, options.set);
  const provenance = await localProvenance(options, cacheFolder());
  await checkHost(orders, options.allowHost ?? false);
  useSystemFolders();
  const several = orders.length > 1;
  using progress = await progressOn(process.stdout, { json: options.json ?? false, several });
  // read while other programs are waited for; what is wrong with it is told when it is needed
  import("../local-bake.ts").catch(() => undefined);
  await interruptible(progress.note, async (signal) => {
    for (const { recipe } of orders) await preflight({ recipe, stateDir, say: progress.note });
    signal.throwIfAborted();
    const bakery = openBakery(stateDir);
    for (const swept of await bakery.sweep()) progress.note(releasedLine(swept));
    signal.throwIfAborted();
    const { keepBuilder = false, allowHost = false, state } = options;
    const stepCacheLimit = options.cache ? options.cacheLimit * gibibyte : undefined;
    const choices = { stepCacheLimit, allowHost, keepBuilder, provenance };
    const oven = { bakery, progress, signal, choices, summary: options.json !== true, state };
    await bakeFamily(orders, options.parallel, (order) => bakeOne(order, oven));
  });
};

const gibibyte = 1024 ** 3;

interface Oven {
  bakery: Bakery;
  progress: Progress;
  signal: AbortSignal;
  choices: BakeChoices;
  /** Whether to end with lines for people. */
  summary: boolean;
  /** As it was given. */
  state: string | undefined;
}

const bakeOne = async (order: Order, oven: Oven): Promise<Image> => {
  const { bakery, progress, signal, choices } = oven;
  signal.throwIfAborted();
  let seconds = 0;
  const events = (event: BakeEvent) => {
    if (event.event === "bake-finished") seconds = event.seconds;
    progress.show(event);
  };
  const { recipePath, shown, parameters } = order;
  const image = await bakery
    .bake({ recipePath, shown, parameters, ...choices, events, signal })
    .catch((error: unknown) => {
      throw error instanceof BakeFailure ? withRemark(error, oven) : error;
    });
  if (oven.summary) progress.note(await summary(bakery, image, seconds));
  return image;
};

const withRemark = (failure: BakeFailure, { choices, state }: Oven): BakeFailure => {
  const { judged, kept } = failure;
  const remarks = [
    ...(judged === undefined ? [] : [judgedText(judged, state)]),
    ...(choices.keepBuilder ? [keptText(kept, state)] : []),
  ];
  return remarks.length === 0 ? failure : Object.assign(failure, { remark: remarks.join("\n") });
};

const summary = async (bakery: Bakery, image: Image, seconds: number): Promise<string> => {
  const { blocks } = await stat(bakery.disk(image));
  const used = prettyBytes(blocks * 512); // stat(2) counts blocks of 512 bytes, on any disk
  return [
    `image ${image.imageId} (${image.name}) baked in ${duration(seconds)}`,
    `size  ${image.rootVolumeSize} GiB, of which ${used} are in use`,
    `policy ${verdictLine(await bakery.verdict(image))}`,
    `try   ovenbird boot ${image.name}`,
  ].join("\n");
};
