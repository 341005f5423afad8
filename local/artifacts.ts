import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NotFound } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Artifacts } from "../core/ports.ts";
import { isMissing } from "./missing.ts";
import { bakeFolder, type Paths } from "./paths.ts";

/** A bake's artifacts as files in its folder; they go when the bake ends. */
export const folderArtifacts = (paths: Paths): Artifacts => {
  const get = async (bake: BakeId, key: string) => {
    try {
      return await readFile(join(bakeFolder(paths, bake), key));
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new NotFound(`the bake ${bake} has no artifact ${key}`, { cause: error });
    }
  };
  const put = async (bake: BakeId, key: string, content: string | Uint8Array) => {
    const path = join(bakeFolder(paths, bake), key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  };
  return {
    read: async (bake, key) => (await get(bake, key)).toString("utf8"),
    write: put,
    get,
    put,
  };
};
