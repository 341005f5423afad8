import { lstat, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BakeJob } from "../core/job.ts";
import { mounted } from "./mount.ts";

/** The sandbox's folder of assets. */
const place = "assets";

/** Where assets lie on the host, by name. */
export type AssetPaths = ReadonlyMap<string, string>;

/** The recipe's assets: those of the bundle. */
export const openAssets = (job: BakeJob): AssetPaths =>
  new Map(
    job.recipe.assets.flatMap((asset) =>
      "source" in asset ? [[asset.name, join(job.bundle, asset.source)] as const] : [],
    ),
  );

/** Shows assets to steps at /run/assets, read-only, until the scope ends. */
export const mountAssets = async (
  paths: AssetPaths,
  runFolder: string,
): Promise<AsyncDisposable> => {
  await using scope = new AsyncDisposableStack();
  for (const [name, source] of paths) {
    const target = join(runFolder, place, name);
    await mkdir(join(runFolder, place), { recursive: true });
    if (!(await lstat(source)).isDirectory()) await writeFile(target, "");
    const options = "bind,ro,nodev,nosuid";
    scope.use(await mounted(target, { source, type: "none", options }));
  }
  return scope.move();
};
