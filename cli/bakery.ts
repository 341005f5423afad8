import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { removeDeadGroups } from "../agent/cgroup.ts";
import { BakeId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import type { Verdict } from "../core/policy/verdict.ts";
import type { Origin } from "../core/ports.ts";
import { keepBuilder } from "../functions/keep-builder.ts";
import { releaseBake } from "../functions/release-bake.ts";
import { openKept } from "../local/bakes.ts";
import { folderBuilders } from "../local/builders.ts";
import { findImage, folderImages, publishedImages, removeImage } from "../local/images.ts";
import { judgeAgain } from "../local/judge-again.ts";
import { findKept, type KeptBuilder, keptBuilders } from "../local/kept-builders.ts";
import { knownOrigin, type KnownReference } from "../local/origins.ts";
import { type Paths, pathsIn, snapshotDisk } from "../local/paths.ts";
import { runShell, type ShellOrder as LocalShell } from "../local/shell.ts";
import { folderSnapshots } from "../local/snapshots.ts";
import { pruneKept } from "../local/step-cache.ts";
import { type Swept, sweep } from "../local/sweep.ts";
import { rejectedVerdict, verdictOf } from "../local/verdicts.ts";
import { type TerminalBoot, terminalBootCommand } from "../local/terminal-boot.ts";
import { releaseTestFolder } from "../local/test-machines.ts";
import { agentProgram } from "./agent-program.ts";
import { type BakeOrder, bakeRecipe } from "./bake-recipe.ts";
import type { LocalProvenance } from "./local-provenance.ts";

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
  /** What was said of a bake's image that was rejected; undefined where none was. Throws CorruptRecord. */
  rejected(bake: string): Promise<Verdict | undefined>;
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
    async rejected(bake) {
      const { data } = BakeId.safeParse(bake);
      return data && rejectedVerdict(paths, data);
    },
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
