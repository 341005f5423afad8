import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NotFound } from "../core/errors.ts";
import type { Artifacts } from "../core/ports.ts";
import { isMissing } from "./missing.ts";
import { bakeFolder, type Paths } from "./paths.ts";

/** A bake's artifacts as files in its folder; they go when the bake ends. */
export const folderArtifacts = (paths: Paths): Artifacts => ({
  async read(bake, key) {
    try {
      return await readFile(join(bakeFolder(paths, bake), key), "utf8");
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new NotFound(`the bake ${bake} has no artifact ${key}`, { cause: error });
    }
  },
  async write(bake, key, text) {
    const path = join(bakeFolder(paths, bake), key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  },
});
