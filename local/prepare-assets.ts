import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AgentEvent } from "../core/agent-event.ts";
import type { Asset } from "../core/job.ts";

export interface AssetsOrder {
  assets: readonly Asset[];
  /** The folder that holds the files the recipe names. */
  bundle: string;
  /** The bake's own folder for what is fetched. */
  folder: string;
  /** The folder of fetched assets that bakes share. */
  cache: string;
  signal: AbortSignal;
  events(event: AgentEvent): void;
}

/** Has all assets of a recipe at hand; their paths by name. Throws AssetFailed. */
export const prepareAssets = async (order: AssetsOrder): Promise<Record<string, string>> => {
  const paths: Record<string, string> = {};
  for (const asset of order.assets) {
    paths[asset.name] =
      "source" in asset ? join(order.bundle, asset.source) : await fetched(order, asset);
  }
  return paths;
};

const fetched = async (
  { folder, cache, signal, events }: AssetsOrder,
  { name, url, checksum }: Extract<Asset, { url: string }>,
): Promise<string> => {
  const [step, began] = [`Fetch ${name}`, Date.now()];
  events({ event: "step-started", at: began, step });
  const end = (status: "succeeded" | "failed") => {
    const at = Date.now();
    events({ event: "step-finished", at, step, status, seconds: (at - began) / 1000 });
  };
  try {
    // few bakes fetch any, and Node's HTTP takes a twentieth of a second to load
    const { cachedAsset } = await import("./cached-asset.ts");
    await mkdir(folder, { recursive: true });
    const to = join(folder, name);
    const say = (text: string) => events({ event: "step-output", at: Date.now(), step, text });
    await cachedAsset({ url, checksum, to, cache, signal, say });
    end("succeeded");
    return to;
  } catch (error) {
    end("failed");
    throw error;
  }
};
