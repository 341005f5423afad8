import { OriginRefused } from "./errors.ts";
import type { OriginReference } from "./origin.ts";
import type { Origin } from "./ports.ts";

/**
 * What one knows of an origin of a bake on AWS without looking into an account: undefined for what
 * is there. Throws OriginRefused for what cannot be one in any account.
 */
export const unlookedOrigin = (reference: OriginReference): Origin | undefined => {
  if (reference.kind === "file") {
    throw new OriginRefused(
      `the origin ${reference.file} is a disk's file, which is imported on one machine only; make an image of it in this account, by EC2's import-image, and name that`,
    );
  }
  if (reference.kind === "image" && reference.imageId.startsWith("img-")) {
    throw new OriginRefused(
      `the origin ${reference.imageId} is an image of one machine, and this bake is in an AWS account; name its recipe, or an image of EC2's, ami-…`,
    );
  }
  if (reference.kind !== "scratch") return undefined;
  const { kind, distribution, suite } = reference;
  return { lineage: [{ kind, distribution, suite }], snapshotId: null };
};
