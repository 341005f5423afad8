import { publicationOf } from "../core/announcement.ts";
import { PublishImage } from "../core/contract.ts";
import type { BakeId } from "../core/ids.ts";
import type { ResolvedRecipe } from "../core/job.ts";
import type { Lineage } from "../core/origin.ts";
import type { Announcements, Artifacts, Images } from "../core/ports.ts";
import type { Attest } from "../core/statement/attest.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { task } from "../core/task.ts";

/** What came of a bake, for whoever decides whether it may be published. */
export interface Baked {
  recipe: ResolvedRecipe;
  lineage: Lineage;
  /** GiB. */
  rootVolumeSize: number;
}

/** Throws PolicyRefused. */
export type Approve = (bake: BakeId, baked: Baked) => Promise<void>;

export interface Publication {
  images: Pick<Images, "publish">;
  announcements: Announcements;
  artifacts: Artifacts;
  approve: Approve;
  /** Signs what is known of the image, once; throws StatementBroken. */
  attest: Attest;
}

/** Makes the candidate an image that others may use, if it may be, and tells who wants to know. */
export const publishImage = (publication: Publication) =>
  task(PublishImage, async ({ bake, imageId, ...baked }) => {
    const { images, announcements, artifacts, approve, attest } = publication;
    await approve(bake, { recipe: await storedRecipe(artifacts, bake), ...baked });
    const image = await images.publish(imageId, await attest(bake, imageId));
    await announcements.announce(publicationOf(image, new Date()));
    return { imageId, name: image.name };
  });
