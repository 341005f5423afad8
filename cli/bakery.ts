import { mkdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { removeDeadGroups } from "../agent/cgroup.ts";
import type { BakeEvent, Happening } from "../core/bake-event.ts";
import type { BakeId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import type { Verdict } from "../core/policy/verdict.ts";
import type { Origin } from "../core/ports.ts";
import { parseRecipe } from "../core/recipe/read.ts";
import { bundleFiles } from "../core/recipe/bundle.ts";
import { recipeHash } from "../core/recipe/hash.ts";
import { resolveRecipe } from "../core/recipe/resolve.ts";
import { isTimed, timelineOf } from "../core/report/timeline-of.ts";
import { keepBuilder } from "../functions/keep-builder.ts";
import { releaseBake } from "../functions/release-bake.ts";
import { bakesWithLogs, openBake, type OpenBake, openKept } from "../local/bakes.ts";
import { folderBuilders } from "../local/builders.ts";
import { copyBundle } from "../local/bundle.ts";
import { digestFiles } from "../local/digest.ts";
import {
  allImages,
  findImage,
  folderImages,
  publishedImages,
  removeImage,
} from "../local/images.ts";
import { judgeAgain } from "../local/judge-again.ts";
import { keptUntil } from "../local/kept.ts";
import { findKept, type KeptBuilder, keptBuilders } from "../local/kept-builders.ts";
import { knownOrigin, type KnownReference } from "../local/origins.ts";
import { openLog } from "../local/log.ts";
import { bakeLog, type Paths, pathsIn, snapshotDisk } from "../local/paths.ts";
import type { BakeEnd, LocalReports } from "../local/reports.ts";
import { runShell, type ShellOrder as LocalShell } from "../local/shell.ts";
import { folderSnapshots } from "../local/snapshots.ts";
import { pruneKept } from "../local/step-cache.ts";
import { type Swept, sweep } from "../local/sweep.ts";
import { verdictOf } from "../local/verdicts.ts";
import { type TerminalBoot, terminalBootCommand } from "../local/terminal-boot.ts";
import { releaseTestFolder } from "../local/test-machines.ts";
import { agentProgram } from "./agent-program.ts";
import type { BakeChoices } from "./bake-choices.ts";
import { cacheFolder } from "./cache-folder.ts";
import { failureOf } from "./bake-failure.ts";
import type { LocalProvenance } from "./local-provenance.ts";
import { note } from "./output.ts";

/** What a bake is asked for. */
export interface BakeOrder extends BakeChoices {
  recipePath: string;
  /** How people are told of it. */
  shown: string;
  /** Given values by name, never a secret's. */
  parameters: Record<string, string>;
  events: (event: BakeEvent) => void;
  signal: AbortSignal;
}

/** What is run on a kept disk, and by whom. */
export type ShellOrder = Omit<LocalShell, "paths" | "open" | "program">;

/** What the command line asks of a place that bakes. */
export interface Bakery {
  /** The published image; throws the bake's error, after `bake-finished` has told it. */
  bake(order: BakeOrder): Promise<Image>;
  /** Published images, the newest first. */
  images(): Promise<Image[]>;
  /** What a recipe names, as it is at this moment. Throws NotFound. */
  origin(reference: KnownReference): Promise<Origin>;
  /** By id, or the newest published of that name. Throws NotFound. */
  find(idOrName: string): Promise<Image>;
  /** The path of its raw disk. */
  disk(image: Image): string;
  /** What the provenance policy said of it; undefined where nobody asked. Throws CorruptRecord. */
  verdict(image: Image): Promise<Verdict | undefined>;
  /** The page about an image, or about the one that a bake made and that was rejected. Throws NotFound. */
  report(imageOrBake: string): Promise<string>;
  /** What a policy says of it now. Throws NotFound, CorruptRecord. */
  judge(image: Image, provenance: LocalProvenance): Promise<Verdict>;
  remove(image: Image): Promise<void>;
  /** Releases what dead bakes held, and says what. */
  sweep(): Promise<Swept[]>;
  /** Removes disks kept after steps that nobody used for long, or that are damaged; how many. */
  pruneSteps(): Promise<number>;
  /** Builders of failed bakes that somebody may look into. */
  kept(): Promise<KeptBuilder[]>;
  /** The one of that bake, or of the newest bake of that recipe. Throws NotFound. */
  findKept(bakeOrRecipe: string): Promise<KeptBuilder>;
  /** Runs a program on a kept builder's disk; its exit status. Throws NotFound, InUse. */
  shell(kept: KeptBuilder, order: ShellOrder): Promise<number>;
  /** Gives a kept builder back. Throws NotFound, InUse. */
  release(kept: KeptBuilder): Promise<void>;
  /** The command that boots it on this terminal. */
  bootCommand(image: Image, options: TerminalBoot): Promise<string[]>;
}

/** The bakery of this machine, with its state in a folder. */
export const openBakery = (stateDir: string): Bakery => {
  const paths = pathsIn(resolve(stateDir));
  const disk = (image: Image) => snapshotDisk(paths, image.snapshotId);
  return {
    async bake(order) {
      await makeFolders(paths);
      return bakeRecipe(paths, order);
    },
    images: () => publishedImages(paths),
    origin: (reference) => knownOrigin(paths, reference),
    find: (idOrName) => findImage(paths, idOrName),
    disk,
    verdict: (image) => verdictOf(paths, image.snapshotId),
    async report(imageOrBake) {
      const { reportOf } = await import("../local/report-of.ts");
      return reportOf(paths, imageOrBake);
    },
    judge: (image, provenance) => judgeAgain(paths, image, provenance),
    remove: (image) => removeImage(paths, image),
    async sweep() {
      await makeFolders(paths);
      const swept = await sweep(paths, releaseOf(paths));
      const groups = await removeDeadGroups();
      const released = [`${groups} control group${groups === 1 ? "" : "s"}`];
      return groups === 0 ? swept : [...swept, { bake: "killed bakes", released }];
    },
    pruneSteps: () => pruneKept(paths, Infinity),
    kept: () => keptBuilders(paths),
    findKept: (bakeOrRecipe) => findKept(paths, bakeOrRecipe),
    shell: (kept, order) => shellOn(paths, kept, order),
    release: (kept) => releaseKept(paths, kept),
    bootCommand: (image, options) => terminalBootCommand(disk(image), options),
  };
};

const shellOn = async (paths: Paths, { bake }: KeptBuilder, order: ShellOrder): Promise<number> => {
  await using open = await openKept(paths, bake);
  await keepBuilder(folderBuilders(paths))({ bake }, {}); // for as long again
  return await runShell({ ...order, paths, open, program: agentProgram });
};

const releaseKept = async (paths: Paths, { bake }: KeptBuilder): Promise<void> => {
  await using _ = await openKept(paths, bake);
  await folderBuilders(paths).keep(bake, new Date(0));
  await releaseOf(paths)(bake);
};

const makeFolders = async (paths: Paths): Promise<void> => {
  for (const folder of [paths.images, paths.snapshots, paths.bakes, paths.logs]) {
    await mkdir(folder, { recursive: true });
  }
};

const releaseOf = (paths: Paths) => {
  const release = releaseBake({
    agents: { release: async () => 0 }, // one ends with the process that started it
    builders: folderBuilders(paths),
    testMachines: { release: releaseTestFolder(paths) },
    images: folderImages(paths),
    snapshots: folderSnapshots(paths),
  });
  return (bake: BakeId) => release({ bake }, {});
};

const bakeRecipe = async (paths: Paths, order: BakeOrder): Promise<Image> => {
  const file = basename(order.recipePath);
  const folder = dirname(order.recipePath);
  const parsed = parseRecipe(await readFile(order.recipePath, "utf8"), file);
  const recipe = resolveRecipe(parsed, { set: order.parameters, environment: {} });
  const named = bundleFiles(parsed, recipe).map(({ path }) => path);
  const version = `${recipe.name}-${recipeHash(recipe, await digestFiles(folder, named))}`;
  await using open = await openBake(paths, version, (bake) => isUsed(paths, bake));
  await copyBundle(folder, [file, ...named], join(open.folder, "bundle"));
  const { folderReports } = await import("../local/reports.ts");
  const reports = folderReports(paths);
  return await told({ paths, open, order, reports }, async (events) => {
    const { bakeLocally } = await import("./local-bake.ts");
    return bakeLocally({ ...order, paths, open, recipe, reports, cache: cacheFolder(), events });
  });
};

/** Whether an image or a kept log has that id. */
const isUsed = async (paths: Paths, id: BakeId): Promise<boolean> =>
  (await allImages(paths)).some(({ bake }) => bake === id) ||
  (await bakesWithLogs(paths)).includes(id);

interface Telling {
  paths: Paths;
  open: OpenBake;
  order: BakeOrder;
  reports: LocalReports;
}

/** Tells of a bake from start to finish: to its log, to whoever listens, and in its report. */
const told = async (
  { paths, open, order, reports }: Telling,
  work: (events: (happening: Happening) => void) => Promise<Image>,
): Promise<Image> => {
  const { bake } = open;
  const started = Date.now();
  const log = openLog(bakeLog(paths, bake));
  const timed: BakeEvent[] = [];
  const events = (event: BakeEvent) => {
    if (isTimed(event)) timed.push(event);
    log.write(event);
    order.events(event);
  };
  const finish = () => ({
    ...({ event: "bake-finished", bake, at: Date.now() } as const),
    seconds: (Date.now() - started) / 1000,
  });
  const reported = (failure?: BakeEnd["failure"]) => {
    const status = failure?.state ?? "published";
    const timeline = timelineOf([...timed, { ...finish(), status }]);
    return reports.finish(bake, { failure, timeline }).catch(unreported);
  };
  events({ event: "bake-started", at: started, bake, recipe: order.shown });
  try {
    const image = await work((happening) => events({ ...happening, bake }));
    const { imageId } = image;
    const report = await reported();
    events({ ...finish(), status: "published", imageId, ...(report && { report }) });
    await log[Symbol.asyncDispose]();
    return image;
  } catch (error) {
    const failure = failureOf(error, order.signal);
    const { name, message, status } = failure;
    const until = await keptUntil(paths, bake);
    if (until !== undefined) failure.kept = { bake, until };
    const report = await reported({ state: status, error: name, message });
    const end = {
      ...{ ...finish(), status, error: name, message, ...(report && { report }) },
      ...(until && { keptUntil: until.toISOString() }),
    };
    log.write(end);
    await log[Symbol.asyncDispose]();
    order.events({ ...end, log: await open.keepLog() });
    throw failure;
  }
};

/** The bake has ended as it has: that nobody could write of it changes nothing. */
const unreported = (error: unknown): undefined => {
  note(
    `its report could not be written: ${error instanceof Error ? error.message : String(error)}`,
  );
};
