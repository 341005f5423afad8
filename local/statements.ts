import { randomUUID } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NotFound } from "../core/errors.ts";
import type { ImageId } from "../core/ids.ts";
import { Image } from "../core/image.ts";
import type { KeptStatements, Statements } from "../core/ports.ts";
import { isMissing } from "./missing.ts";
import { bakeFolder, imageRecord, type Paths, statementsFile } from "./paths.ts";
import { readRecord, syncFolder } from "./record.ts";

/** Images' statements, each beside its disk. */
export const folderStatements = (paths: Paths): Statements => ({
  async find(imageId: ImageId) {
    const image = await readRecord(imageRecord(paths, imageId), Image);
    if (image === undefined) throw new NotFound(`there is no image ${imageId}`);
    return statementsOf(paths, image);
  },
});

/** Those of an image whose record was read. */
export const statementsOf = async (paths: Paths, image: Image): Promise<KeptStatements> => {
  try {
    return { image, text: await readFile(statementsFile(paths, image.snapshotId), "utf8") };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { image };
  }
};

/** Keeps them before the image is published: whole, or not at all. */
export const keepStatements = async (
  paths: Paths,
  { bake, snapshotId }: Image,
  text: string,
): Promise<void> => {
  const path = statementsFile(paths, snapshotId);
  const aside = join(bakeFolder(paths, bake), `${randomUUID()}.jsonl`);
  await using file = await open(aside, "wx", 0o644);
  await file.writeFile(text);
  await file.sync();
  await rename(aside, path);
  await syncFolder(dirname(path));
};
