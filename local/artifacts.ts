import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NotFound } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Artifacts } from "../core/ports.ts";
import { isMissing, isTaken } from "./missing.ts";
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
  const read = async (bake: BakeId, key: string) => (await get(bake, key)).toString("utf8");
  return {
    ...{ read, write: put },
    async keep(bake, key, text) {
      const aside = `${key}.${randomUUID()}`;
      await put(bake, aside, text);
      await linkFirst(join(bakeFolder(paths, bake), aside), join(bakeFolder(paths, bake), key));
      return read(bake, key);
    },
    get,
    put,
  };
};

/** A file appears whole under its name, or the one that is there stays. */
const linkFirst = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to);
  } catch (error) {
    if (!isTaken(error)) throw error;
  } finally {
    await rm(from);
  }
};
