import { mkdir, open, rename, rm, stat, truncate } from "node:fs/promises";
import { BuilderPending, NotFound } from "../core/errors.ts";
import { type BakeId, BuilderId, VolumeId } from "../core/ids.ts";
import type { Builders, BuilderSpec } from "../core/ports.ts";
import { copyWritten } from "./copy.ts";
import { keep, keptUntil } from "./kept.ts";
import { madeId } from "./made-id.ts";
import { isMissing } from "./missing.ts";
import { builderFolder, type Paths, snapshotDisk, volumeDisk } from "./paths.ts";
import { Polled } from "./polled.ts";

const gibibyte = 1024 ** 3;

const never = new AbortController().signal;

/** This machine as the builder of every bake; a working disk is a sparse file. */
export const folderBuilders = (paths: Paths, signal: AbortSignal = never): Builders => {
  const running = new Polled<BakeId, void>();
  return {
    async provision(bake, spec) {
      const builderId = BuilderId.parse(madeId("i", bake));
      const volumeId = VolumeId.parse(madeId("vol", bake));
      await mkdir(builderFolder(paths, bake), { recursive: true });
      const disk = volumeDisk(paths, bake, volumeId);
      await running.answer(
        bake,
        () => makeDisk(paths, disk, spec, signal),
        () => new BuilderPending(`the working disk of ${bake} is being copied`),
      );
      return { builderId, volumeId };
    },
    async keep(bake, until) {
      if (!(await exists(builderFolder(paths, bake)))) return 0;
      await keep(paths, bake, until);
      return 1;
    },
    async release(bake) {
      running.forget(bake);
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
  signal: AbortSignal,
): Promise<void> => {
  if (await exists(disk)) return;
  const part = `${disk}.part`;
  await (await open(part, "w", 0o600)).close();
  if (snapshotId !== null) await copySnapshot(snapshotDisk(paths, snapshotId), part, signal);
  await truncate(part, rootVolumeSize * gibibyte);
  await rename(part, disk);
};

const copySnapshot = async (from: string, to: string, signal: AbortSignal): Promise<void> => {
  try {
    await stat(from);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new NotFound("the origin was removed while this bake began; start it again", {
      cause: error,
    });
  }
  await copyWritten(from, to, signal);
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
