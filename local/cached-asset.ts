import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isMissing } from "./missing.ts";
import { syncFolder } from "./record.ts";
import { type Asset, assertChecksum, type AssetOrder, fetchAsset } from "../assets/fetch-asset.ts";

export interface CachedOrder extends AssetOrder {
  /** A folder that all bakes of a machine share, and that may be emptied at any time. */
  cache: string;
}

/** Milliseconds after which nobody writes what is aside in the cache: a day. */
const longAgo = 24 * 60 * 60 * 1000;

/**
 * The asset of that checksum, from the cache where it is there and still what it was, else
 * fetched and kept. Throws what fetchAsset throws.
 */
export const cachedAsset = async (order: CachedOrder): Promise<Asset> => {
  const { cache, checksum, url, to, signal, say } = order;
  assertChecksum(url, checksum);
  await mkdir(cache, { recursive: true });
  const kept = join(cache, checksum.replace(":", "-"));
  const found = await taken(kept, order);
  if (found === "damaged") say(`what was kept of ${checksum} is damaged: it is fetched again`);
  else if (found !== "missing") return found;
  const asset = await fetchAsset(order);
  signal.throwIfAborted();
  await keep(to, kept).catch((error: unknown) => {
    say(`the asset could not be kept for other bakes: ${String(error)}`);
  });
  return asset;
};

/** Copies what is kept, and looks whether it is what it should be while it does. */
const taken = async (
  kept: string,
  { checksum, to, signal }: CachedOrder,
): Promise<Asset | "missing" | "damaged"> => {
  const aside = `${to}.${randomUUID()}`;
  const hash = createHash("sha256");
  let bytes = 0;
  const looked = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    const file = createWriteStream(aside, { flags: "wx" });
    await pipeline(createReadStream(kept), looked, file, { signal });
    if (`sha256:${hash.digest("hex")}` !== checksum) {
      await rm(kept, { force: true });
      return "damaged";
    }
    await rename(aside, to);
    return { bytes };
  } catch (error) {
    if (isMissing(error) && (await isThere(dirname(to)))) return "missing";
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
};

/** Appears whole, by one rename; when another bake was first, it is the same. */
const keep = async (from: string, kept: string): Promise<void> => {
  const cache = dirname(kept);
  await removeOld(cache);
  const aside = join(cache, `.${randomUUID()}`);
  try {
    await copyFile(from, aside);
    await rename(aside, kept);
    await syncFolder(cache);
  } finally {
    await rm(aside, { force: true });
  }
};

/** What a killed bake was writing. */
const removeOld = async (cache: string): Promise<void> => {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(".")) continue;
    const path = join(cache, name);
    const there = await stat(path).catch(() => undefined);
    if (there !== undefined && Date.now() - there.mtimeMs > longAgo)
      await rm(path, { force: true });
  }
};

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
