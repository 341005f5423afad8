import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { openPromise } from "yauzl";
import { addEntries } from "../../core/archive/add-entries.ts";
import { BundleFolder } from "../../core/archive/bundle-folder.ts";
import { gunzipped } from "../../core/archive/gunzipped.ts";
import { Budget, type Limits, usualLimits } from "../../core/archive/limits.ts";
import { tarEntries } from "../../core/archive/tar-entries.ts";
import { zipEntries, zipOptions } from "../../core/archive/zip-entries.ts";
import { UnusableArchive } from "../../core/errors.ts";
import { orFull } from "../../assets/space.ts";
import { diskSink } from "./disk-sink.ts";
import { kindOfArchive } from "./kind-of-archive.ts";

export interface UnpackOrder {
  /** A .tar.gz, .tgz or .zip. */
  archive: string;
  /** The folder it becomes; nothing may be there. */
  to: string;
  signal: AbortSignal;
  /** usualLimits, when absent. */
  limits?: Limits;
}

/**
 * Unpacks a bundle: files with their permissions less others' to write, folders, and links that
 * stay in it. When it fails, there is nothing at `to`, and nothing is ever written elsewhere.
 * Throws UnusableArchive, NotReady when the disk is full.
 */
export const unpackBundle = async (order: UnpackOrder): Promise<void> => {
  const { archive, to, signal, limits = usualLimits } = order;
  const { kind, size } = await kindOfArchive(archive);
  const budget = new Budget(size, limits);
  await mkdir(to);
  try {
    const entries =
      kind === "zip"
        ? zipEntries(openPromise(archive, zipOptions), signal)
        : tarEntries(gunzipped(createReadStream(archive), budget), signal);
    await addEntries(entries, new BundleFolder(diskSink(to), budget), signal);
  } catch (error) {
    const why = await orFull(error, to);
    await rm(to, { recursive: true, force: true });
    signal.throwIfAborted();
    throw why === error ? unusable(archive, error) : why;
  }
};

const unusable = (archive: string, error: unknown): UnusableArchive => {
  const why = error instanceof Error ? error.message : String(error);
  return new UnusableArchive(`${archive} cannot be unpacked: ${why}`, { cause: error });
};
