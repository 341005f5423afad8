import { noWishes } from "../../core/builder-wishes.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { BakeId } from "../../core/ids.ts";
import type { DiskFacts } from "../../core/job.ts";
import type { ImageSpec } from "../../core/ports.ts";
import { type OpenBake, openBake } from "../../local/bakes.ts";
import { folderBuilders } from "../../local/builders.ts";
import { folderImages } from "../../local/images.ts";
import { type Paths, pathsIn } from "../../local/paths.ts";
import { folderSnapshots } from "../../local/snapshots.ts";
import { sweep } from "../../local/sweep.ts";
import { releaseOf } from "./release-of.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface LocalState extends AsyncDisposable {
  paths: Paths;
  /** Opens a bake of its own, which lives as long as the state does. */
  newBake(): Promise<BakeId>;
  /** What a bake of its own, with a finished snapshot, registers. */
  newSpec(): Promise<ImageSpec>;
  /** A bake that has a snapshot and a registered candidate; dead unless `alive`. */
  bakeWithCandidate(alive?: "alive"): Promise<Baked>;
}

export interface Baked {
  bake: BakeId;
  snapshotId: ImageSpec["snapshotId"];
  imageId: Awaited<ReturnType<ReturnType<typeof folderImages>["register"]>>;
  folder: string;
  /** Lets go of the lock, as a killed process does: the folder stays. */
  die: () => Promise<void>;
}

export const disk: DiskFacts = {
  ...{ architecture: "x86_64", bootMode: "uefi", fileSystem: "ext4" },
  ...{ operatingSystem: "Small 1", kernel: "vmlinuz-1" },
};

/** Of no bake there is an image or a log yet. */
export const unused = () => false;

/**
 * A new state directory. When its scope ends, so do its bakes, what is not published is swept, and
 * nothing may be left or in use.
 */
export const openState = async (): Promise<LocalState> => {
  const folder = await temporaryFolder();
  const paths = await makeState(folder.path);
  await using bakes = new AsyncDisposableStack();
  const open = async () => openBake(paths, newVersion(), unused);
  const kept = bakes.move();
  return {
    paths,
    newBake: async () => kept.use(await open()).bake,
    newSpec: async () => specOf(paths, kept.use(await open()).bake),
    async bakeWithCandidate(alive) {
      const held = await open();
      const baked = await fill(paths, held);
      if (alive === "alive") kept.use({ [Symbol.asyncDispose]: () => held[Symbol.asyncDispose]() });
      else await baked.die();
      return baked;
    },
    async [Symbol.asyncDispose]() {
      await kept.disposeAsync();
      await sweep(paths, releaseOf(paths));
      await folder[Symbol.asyncDispose]();
    },
  };
};

export const makeState = async (root: string): Promise<Paths> => {
  const paths = pathsIn(root);
  for (const path of [paths.images, paths.snapshots, paths.bakes, paths.logs]) {
    await mkdir(path, { recursive: true });
  }
  return paths;
};

/** A `name-hash16` that no other bake has. */
export const newVersion = (): string => `web-${randomBytes(8).toString("hex")}`;

const specOf = async (paths: Paths, bake: BakeId): Promise<ImageSpec> => {
  const spec = {
    architecture: "x86_64",
    rootVolumeSize: 1,
    snapshotId: null,
    wishes: noWishes,
  } as const;
  const { volumeId } = await folderBuilders(paths).provision(bake, spec);
  return imageSpec(bake, await folderSnapshots(paths).create(bake, volumeId, {}));
};

const fill = async (paths: Paths, open: OpenBake): Promise<Baked> => {
  const { bake, folder, lock } = open;
  const spec = await specOf(paths, bake);
  const imageId = await folderImages(paths).register(spec, noAttributes);
  await writeFile(join(folder, "log.jsonl"), "");
  const { snapshotId } = spec;
  return { bake, snapshotId, imageId, folder, die: async () => lock[Symbol.asyncDispose]() };
};

export const imageSpec = (bake: BakeId, snapshotId: ImageSpec["snapshotId"]): ImageSpec => ({
  ...{ name: "web", description: "", bake, snapshotId, rootVolumeSize: 1, disk, tags: {} },
  lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
});

export const someBake = (): BakeId => BakeId.parse(`${newVersion()}-1`);
