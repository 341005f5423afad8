import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { NotReady } from "../../core/errors.ts";
import type { HostAccess } from "../../core/host.ts";

const nothing: HostAccess = { copyFiles: [], mounts: [], beforeMount: [], afterMount: [] };

/**
 * What a recipe asks of the builder, after a look at whether all the files and folders that it
 * names are there. Throws NotReady.
 */
export const checkHost = async (host: HostAccess = nothing): Promise<HostAccess> => {
  for (const { from } of host.copyFiles) {
    // a fifo would never be read to its end, nor a device
    if (!(await statsOf(from, "copy_files")).isFile()) {
      throw new NotReady(`${from} of the builder is not a file; host.copy_files copies files only`);
    }
  }
  for (const mount of host.mounts) {
    if (mount.kind !== "bind" || (await statsOf(mount.source, "mounts")).isDirectory()) continue;
    throw new NotReady(`${mount.source} of the builder is not a folder; host.mounts binds folders`);
  }
  return host;
};

const statsOf = async (path: string, key: string): Promise<Stats> => {
  try {
    return await stat(path);
  } catch (error) {
    throw new NotReady(`the builder has no ${path}, which host.${key} of the recipe names`, {
      cause: error,
    });
  }
};
