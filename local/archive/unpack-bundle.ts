import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { orFull } from "../disk-format/space.ts";
import { BundleFolder } from "./bundle-folder.ts";
import type { Entry } from "./entry.ts";
import { UnusableArchive } from "../../core/errors.ts";
import { kindOfArchive } from "./kind-of-archive.ts";
import { Budget, type Limits, usualLimits } from "./limits.ts";
import { tarEntries } from "./tar-entries.ts";
import { zipEntries } from "./zip-entries.ts";

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
      kind === "zip" ? zipEntries(archive, signal) : tarEntries(gunzipped(archive, budget), signal);
    await addAll(entries, new BundleFolder(to, budget), signal);
  } catch (error) {
    const why = await orFull(error, to);
    await rm(to, { recursive: true, force: true });
    signal.throwIfAborted();
    throw why === error ? unusable(archive, error) : why;
  }
};

const addAll = async (
  entries: AsyncIterable<Entry>,
  folder: BundleFolder,
  signal: AbortSignal,
): Promise<void> => {
  for await (const entry of entries) await folder.add(entry, signal);
  await folder.finish();
};

async function* gunzipped(archive: string, budget: Budget): AsyncGenerator<Buffer> {
  const source = createReadStream(archive);
  const packed = createGunzip();
  source.on("error", (error) => packed.destroy(error)).pipe(packed);
  let bytes = 0;
  try {
    for await (const chunk of packed as AsyncIterable<Buffer>) {
      // a tar begins with a name; the parser would unpack this again, uncounted
      if (bytes === 0 && chunk[0] === 0x1f) throw new UnusableArchive("it is packed twice");
      bytes += chunk.length;
      budget.assertRatio(bytes);
      yield chunk;
    }
  } finally {
    source.destroy();
    packed.destroy();
  }
}

const unusable = (archive: string, error: unknown): UnusableArchive => {
  const why = error instanceof Error ? error.message : String(error);
  return new UnusableArchive(`${archive} cannot be unpacked: ${why}`, { cause: error });
};
