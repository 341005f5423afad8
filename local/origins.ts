import { stat } from "node:fs/promises";
import { NotFound, OriginPending, OriginRefused } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import type { OriginReference } from "../core/origin.ts";
import type { Origin, Origins } from "../core/ports.ts";
import { newestNamed, publishedImages } from "./images.ts";
import { importStockDisk, type StockAncestor } from "./import.ts";
import { type Paths, snapshotDisk } from "./paths.ts";
import { Polled } from "./polled.ts";

export interface LocalOrigins {
  paths: Paths;
  /** The folder the recipe came from: stock disks are found from there. */
  recipeFolder: string;
  /** Told of a stock disk before it is imported; what it throws ends the bake. */
  approve(bake: BakeId, disk: StockAncestor): Promise<void>;
  signal: AbortSignal;
}

const gibibyte = 1024 ** 3;

/** The catalogue of this machine, and stock disks that are imported into it. */
export const folderOrigins = (local: LocalOrigins): Origins => {
  const running = new Polled<BakeId, Origin>();
  return {
    resolve: (bake, reference) =>
      running.answer(
        bake,
        () => find(local, bake, reference),
        () => new OriginPending(`the origin of ${bake} is being imported`),
      ),
  };
};

const find = async (
  local: LocalOrigins,
  bake: BakeId,
  reference: OriginReference,
): Promise<Origin> => {
  if (reference.kind !== "file") return knownOrigin(local.paths, reference);
  const approve = (disk: StockAncestor) => local.approve(bake, disk);
  const ancestor = await importStockDisk({ ...local, bake, reference, approve });
  const { snapshotId } = ancestor;
  const { size } = await stat(snapshotDisk(local.paths, snapshotId));
  return { lineage: [ancestor], snapshotId, rootVolumeSize: Math.ceil(size / gibibyte) };
};

/** An origin that need not be imported. */
export type KnownReference = Exclude<OriginReference, { kind: "file" }>;

/** Finds it. Throws NotFound. */
export const knownOrigin = async (paths: Paths, reference: KnownReference): Promise<Origin> => {
  switch (reference.kind) {
    case "scratch": {
      const { kind, distribution, suite } = reference;
      return { lineage: [{ kind, distribution, suite }], snapshotId: null };
    }
    case "image":
      if (reference.imageId.startsWith("ami-")) throw onAws(reference.imageId);
      return ofImage(await namedImage(paths, reference));
    case "recipe":
      return ofImage(await namedImage(paths, reference));
    case "filter":
    case "parameter":
      throw onAws(`an origin by ${reference.kind}`);
  }
};

const onAws = (what: string): OriginRefused =>
  new OriginRefused(
    `${what} is an image of an AWS account, and this bake is on one machine; give a stock disk by file: instead, or bake with --on aws`,
  );

const ofImage = ({ imageId, name, snapshotId, rootVolumeSize, disk, lineage }: Image): Origin => ({
  lineage: [{ kind: "image", imageId, name }, ...lineage],
  snapshotId,
  rootVolumeSize,
  architecture: disk.architecture,
});

type Named = Extract<OriginReference, { kind: "recipe" | "image" }>;

const namedImage = async (paths: Paths, reference: Named): Promise<Image> => {
  const published = await publishedImages(paths);
  const image =
    reference.kind === "recipe"
      ? newestNamed(published, reference.recipe)
      : published.find(({ imageId }) => imageId === reference.imageId);
  if (image !== undefined) return image;
  if (reference.kind === "image") {
    throw new NotFound(`the origin ${reference.imageId} is not among the published images`);
  }
  throw new NotFound(
    `the origin is an image of the recipe ${reference.recipe}, and none is published yet; bake that recipe first, or both at once`,
  );
};
