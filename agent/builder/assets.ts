import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { AssetFailed } from "../../core/errors.ts";
import type { Asset } from "../../core/job.ts";
import type { Channel } from "../channel.ts";
import { attempt } from "../run.ts";

export interface AssetsOrder {
  assets: readonly Asset[];
  /** The folder that holds the files the recipe names. */
  bundle: string;
  /** Where what is fetched goes. */
  folder: string;
  channel: Channel;
}

/** As a bake on one machine has them: 8 GiB, an hour, 30 seconds without a byte, 5 redirections. */
const limits = [
  ...["--max-filesize", String(8 * 1024 ** 3), "--max-time", "3600", "--max-redirs", "5"],
  ...["--speed-limit", "1", "--speed-time", "30", "--retry", "3", "--retry-connrefused"],
];

/**
 * Has all assets of a recipe at hand; their paths by name. The builder fetches them, as a function
 * has neither the time nor the room. Throws AssetFailed.
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
  { folder, channel }: AssetsOrder,
  { name, url, checksum }: Extract<Asset, { url: string }>,
): Promise<string> =>
  channel.step(`Fetch ${name}`, async () => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, name);
    const shown = url.replace(/\?.*$/s, "?…"); // what follows may be a key to it
    const redirections = url.startsWith("https:") ? "=https" : "=http,https";
    // the URL is on standard input: a presigned one is a key, and every process sees arguments
    const { status, tail } = await attempt(
      [
        ...["curl", "--config", "-", "--fail", "--silent", "--show-error", "--location"],
        ...["--proto", "=http,https", "--proto-redir", redirections, ...limits, "--output", path],
      ],
      { input: `url = ${JSON.stringify(url)}\n` },
    );
    if (status !== 0) {
      throw new AssetFailed(`${shown} was not fetched: ${tail.at(-1) ?? `curl: ${status}`}`);
    }
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    const came = `sha256:${hash.digest("hex")}`;
    if (came === checksum) return path;
    throw new AssetFailed(
      `${shown} is not what the recipe says: expected ${checksum}, and what came has ${came}; if it was changed for good, change the recipe`,
    );
  });
