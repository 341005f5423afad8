import { OriginRefused } from "./errors.ts";
import type { Architecture, ResolvedRecipe } from "./job.ts";
import type { Origin } from "./ports.ts";

/** A disk of a new image, in GiB, when its recipe does not say. */
export const usualVolumeSize = 8;

/** An image's architecture, when neither its recipe nor its origin says. */
export const usualArchitecture: Architecture = "x86_64";

/** The recipe's wishes and the origin's facts as one. Throws OriginRefused when they differ. */
export const settleOrigin = (recipe: ResolvedRecipe, origin: Origin) => {
  refuseOwnDescendant(recipe.name, origin);
  return {
    lineage: origin.lineage,
    snapshotId: origin.snapshotId,
    architecture: architectureOf(recipe, origin),
    rootVolumeSize: sizeOf(recipe, origin),
  };
};

const refuseOwnDescendant = (name: string, { lineage }: Origin): void => {
  if (!lineage.some((ancestor) => ancestor.kind === "image" && ancestor.name === name)) return;
  throw new OriginRefused(
    `the origin descends from an image of ${name} itself; give this recipe another name, or another origin`,
  );
};

const architectureOf = (recipe: ResolvedRecipe, origin: Origin): Architecture => {
  const wanted = recipe.architecture;
  const found = origin.architecture;
  if (wanted !== undefined && found !== undefined && wanted !== found) {
    throw new OriginRefused(
      `the recipe is for ${wanted} and its origin is ${found}; leave architecture out, or choose another origin`,
    );
  }
  return found ?? wanted ?? usualArchitecture;
};

const sizeOf = ({ rootVolumeSize: wanted }: ResolvedRecipe, origin: Origin): number => {
  const found = origin.rootVolumeSize;
  if (wanted !== undefined && found !== undefined && wanted < found) {
    throw new OriginRefused(
      `root_volume_size is ${wanted} GiB and the origin has ${found}; a disk cannot shrink: write at least ${found}, or leave it out`,
    );
  }
  return wanted ?? found ?? usualVolumeSize;
};
