import { mkdir, open, rename, rm, stat, truncate } from "node:fs/promises";
import { BuilderPending, NotFound } from "../core/errors.ts";
import { type BakeId, BuilderId, VolumeId } from "../core/ids.ts";
import type { Builders, BuilderSpec } from "../core/ports.ts";
import { copyInto } from "./copy.ts";
import { keep, keptUntil } from "./kept.ts";
import { madeId } from "./made-id.ts";
import { isMissing } from "./missing.ts";
import { builderFolder, type Paths, snapshotDisk, volumeDisk } from "./paths.ts";
import { Polled } from "./polled.ts";

const gibibyte = 1024 ** 3;

const never = new AbortController().signal;

/** Volumes of a disk as devices that are there before its content is. */
export interface Attached extends AsyncDisposable {
  copied(): Promise<void>;
}

export interface FolderBuilders {
  signal?: AbortSignal;
  /** Attaches the volumes of a working disk before it is copied: whoever mounts it need not wait. */
  attach?(order: { source: string; disk: string; size: number }): Promise<Attached>;
}

/** This machine as the builder of every bake; a working disk is a sparse file. */
export const folderBuilders = (paths: Paths, options: FolderBuilders = {}): Builders => {
  const running = new Polled<BakeId, void>();
  const attached = new Map<BakeId, AsyncDisposable>();
  const detach = async (bake: BakeId) => {
    await attached.get(bake)?.[Symbol.asyncDispose]();
    attached.delete(bake);
  };
  return {
    async provision(bake, spec) {
      const builderId = BuilderId.parse(madeId("i", bake));
      const volumeId = VolumeId.parse(madeId("vol", bake));
      await mkdir(builderFolder(paths, bake), { recursive: true });
      const disk = volumeDisk(paths, bake, volumeId);
      await running.answer(
        bake,
        async () => {
          if (await exists(disk)) return;
          attached.set(bake, await makeDisk(paths, disk, spec, options));
        },
        () => new BuilderPending(`the working disk of ${bake} is being copied`),
      );
      return { builderId, volumeId };
    },
    async keep(bake, until) {
      if (!(await exists(builderFolder(paths, bake)))) return 0;
      await detach(bake);
      await keep(paths, bake, until);
      return 1;
    },
    async release(bake) {
      running.forget(bake);
      await detach(bake);
      if ((await keptUntil(paths, bake)) !== undefined) return 0;
      const folder = builderFolder(paths, bake);
      const held = await exists(folder);
      await rm(folder, { recursive: true, force: true });
      return Number(held);
    },
  };
};

/** The disk appears whole: what a call before this one copied in part is not one. */
const makeDisk = async (
  paths: Paths,
  disk: string,
  { rootVolumeSize, snapshotId }: BuilderSpec,
  { signal = never, attach }: FolderBuilders,
): Promise<AsyncDisposable> => {
  await using stack = new AsyncDisposableStack();
  const part = `${disk}.part`;
  const size = rootVolumeSize * gibibyte;
  await (await open(part, "w", 0o600)).close();
  await truncate(part, size);
  if (snapshotId !== null) {
    const source = snapshotDisk(paths, snapshotId);
    await assertThere(source);
    const devices = attach && stack.use(await attach({ source, disk: part, size }));
    await copyInto(source, part, signal);
    await devices?.copied();
  }
  await rename(part, disk);
  if (snapshotId !== null) void writeBehind(disk);
  return stack.move();
};

/** To be published it has to be written, and whoever publishes it waits until it is. */
const writeBehind = async (path: string): Promise<void> => {
  try {
    await using file = await open(path, "r");
    await file.datasync();
  } catch {
    // whoever publishes it hears of it, too
  }
};

const assertThere = async (source: string): Promise<void> => {
  try {
    await stat(source);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new NotFound("the origin was removed while this bake began; start it again", {
      cause: error,
    });
  }
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
