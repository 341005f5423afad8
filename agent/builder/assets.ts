import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fetchAsset } from "../../assets/fetch-asset.ts";
import type { AssetLimits } from "../../assets/limits.ts";
import type { Asset } from "../../core/job.ts";
import type { Channel } from "../channel.ts";

export interface AssetsOrder {
  assets: readonly Asset[];
  /** The folder that holds the files the recipe names. */
  bundle: string;
  /** Where what is fetched goes. */
  folder: string;
  channel: Channel;
  /** The usual ones, when absent. */
  limits?: AssetLimits;
}

/**
 * Has all assets of a recipe at hand; their paths by name. The builder fetches them, as a function
 * has neither the time nor the room. Throws AssetFailed, and NotReady when the disk is full.
 */
export const prepareAssets = async (order: AssetsOrder): Promise<Record<string, string>> => {
  const paths: Record<string, string> = {};
  for (const asset of order.assets) {
    paths[asset.name] =
      "source" in asset ? join(order.bundle, asset.source) : await fetched(order, asset);
  }
  return paths;
};

const fetched = (
  { folder, channel, limits }: AssetsOrder,
  { name, url, checksum }: Extract<Asset, { url: string }>,
): Promise<string> =>
  channel.step(`Fetch ${name}`, async (say) => {
    await mkdir(folder, { recursive: true });
    const to = join(folder, name);
    // nothing stops it but the builder's end, and the time that an asset may take
    const { signal } = new AbortController();
    await fetchAsset({ url, checksum, to, signal, say, limits });
    return to;
  });
