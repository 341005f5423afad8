import { lstat, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mounted } from "./mount.ts";

/** The sandbox's folder of assets. */
const place = "assets";

/** Where assets lie on the host, by name. */
export type AssetPaths = Readonly<Record<string, string>>;

/** Shows assets to steps at /run/assets, read-only, until the scope ends. */
export const mountAssets = async (
  paths: AssetPaths,
  runFolder: string,
): Promise<AsyncDisposable> => {
  await using scope = new AsyncDisposableStack();
  for (const [name, source] of Object.entries(paths)) {
    const target = join(runFolder, place, name);
    await mkdir(join(runFolder, place), { recursive: true });
    if (!(await lstat(source)).isDirectory()) await writeFile(target, "");
    const options = "bind,ro,nodev,nosuid";
    scope.use(await mounted(target, { source, type: "none", options }));
  }
  return scope.move();
};
