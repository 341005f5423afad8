import { mkdir } from "node:fs/promises";
import { run } from "./run.ts";

export interface Mounted extends AsyncDisposable {
  path: string;
}

export interface MountOrder {
  source: string;
  type: string;
  options?: string;
}

/**
 * Mounts on a folder, which is made when missing, until the scope ends. The folder must not lie in
 * an image unless it was resolved there. All this is in the agent's own mount namespace. `enter`
 * comes before the program: what runs it in another network.
 */
export const mounted = async (
  path: string,
  order: MountOrder,
  enter: readonly string[] = [],
): Promise<Mounted> => {
  await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error; // a file, for a file to be bound on
  });
  const options = order.options === undefined ? [] : ["-o", order.options];
  const argv = [...enter, "mount", "-t", order.type, ...options, "--", order.source, path];
  await run(argv);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await run(["umount", "--", path]);
    },
  };
};
