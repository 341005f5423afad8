import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ImageNameTaken, NotFound } from "../core/errors.ts";
import { type BakeId, ImageId } from "../core/ids.ts";
import { deprecationOf, Image } from "../core/image.ts";
import { dropMark, newestImage } from "../core/newest-image.ts";
import type { Images } from "../core/ports.ts";
import { bundleDigest } from "../core/statement/bundle.ts";
import { discard } from "./discard.ts";
import { keepStatements } from "./statements.ts";
import { madeId } from "./made-id.ts";
import { isMissing } from "./missing.ts";
import { bakeFolder, imageRecord, type Paths, snapshotFolder } from "./paths.ts";
import { readRecord, syncFolder, writeRecord } from "./record.ts";

/** The id of a bake's image, whether there is one or not. */
const imageIdOf = (bake: BakeId): ImageId => ImageId.parse(madeId("img", bake));

/** Whether there is an image of that bake, a candidate too. */
export const hasImage = (paths: Paths, bake: BakeId): boolean =>
  existsSync(imageRecord(paths, imageIdOf(bake)));

/** The catalogue as a folder of records. */
export const folderImages = (paths: Paths): Images => ({
  async register(spec, { deprecateAfter }) {
    const imageId = imageIdOf(spec.bake);
    const existing = await readRecord(imageRecord(paths, imageId), Image);
    if (existing?.snapshotId === spec.snapshotId) return imageId;
    if (existing !== undefined) throw new ImageNameTaken(existing.name);
    const created = new Date().toISOString();
    const deprecateAt = deprecateAfter && deprecationOf(created, deprecateAfter);
    await write(paths, {
      ...{ ...spec, imageId, state: "candidate", created },
      ...(deprecateAt && { deprecateAt }),
    });
    return imageId;
  },
  async publish(imageId, statements) {
    const image = await readRecord(imageRecord(paths, imageId), Image);
    if (image === undefined) throw new NotFound(`there is no image ${imageId}`);
    if (image.state === "published") return image;
    if (statements !== undefined) await keepStatements(paths, image, statements);
    const statement = statements && bundleDigest(statements);
    const published: Image = { ...image, state: "published", ...(statement && { statement }) };
    await write(paths, published);
    return published;
  },
  async complete(bake) {
    const imageId = imageIdOf(bake);
    const image = await readRecord(imageRecord(paths, imageId), Image);
    return image?.state === "published" ? image : undefined;
  },
  async release(bake) {
    const imageId = imageIdOf(bake);
    const image = await readRecord(imageRecord(paths, imageId), Image);
    if (image?.state !== "candidate") return 0;
    await rm(imageRecord(paths, imageId));
    await syncFolder(paths.images);
    return 1;
  },
});

/** A bake's own folder is where records are written aside, so that its end removes them. */
const write = (paths: Paths, image: Image): Promise<void> =>
  writeRecord(imageRecord(paths, image.imageId), image, bakeFolder(paths, image.bake));

/** Every image the catalogue knows, the newest first. Throws CorruptRecord. */
export const allImages = async (paths: Paths): Promise<Image[]> => {
  const names = (await namesIn(paths.images)).filter((name) => name.endsWith(".json"));
  const images = await Promise.all(
    names.map((name) => readRecord(join(paths.images, name), Image)),
  );
  return images
    .filter((image) => image !== undefined)
    .toSorted((one, other) => other.created.localeCompare(one.created));
};

/** Before the first bake there is no folder. */
const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });

/** Every image that may be used, the newest first. Throws CorruptRecord. */
export const publishedImages = async (paths: Paths): Promise<Image[]> =>
  (await allImages(paths)).filter(({ state }) => state === "published");

/** The newest image of a recipe, by its drop; undefined when there is none. */
export const newestNamed = (images: readonly Image[], recipe: string): Image | undefined => {
  const named = images.filter(({ name }) => name === recipe);
  const dated = named.map((image) => ({ ...image, mark: image.drop && dropMark(image.drop) }));
  const newest = newestImage(dated);
  return named.find(({ imageId }) => imageId === newest?.imageId);
};

/** The image of that id, or the newest published one of that name. Throws NotFound. */
export const findImage = async (paths: Paths, idOrName: string): Promise<Image> => {
  const published = await publishedImages(paths);
  const image =
    published.find(({ imageId }) => imageId === idOrName) ?? newestNamed(published, idOrName);
  if (image !== undefined) return image;
  const names = [...new Set(published.map(({ name }) => name))];
  const known = names.length === 0 ? "there are no images yet" : `there are ${names.join(", ")}`;
  throw new NotFound(`no image has the id or name ${idOrName}; ${known}`);
};

/** Removes an image and its disk: first the record, so that a crash leaves no image without disk. */
export const removeImage = async (paths: Paths, image: Image): Promise<void> => {
  await rm(imageRecord(paths, image.imageId), { force: true });
  await syncFolder(paths.images);
  await discard(paths, snapshotFolder(paths, image.snapshotId));
};

/** Bakes whose candidates are in the catalogue. */
export const bakesOfCandidates = async (paths: Paths): Promise<BakeId[]> =>
  (await allImages(paths)).filter(({ state }) => state === "candidate").map(({ bake }) => bake);
