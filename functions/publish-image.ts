import { PublishImage } from "../core/contract.ts";
import type { Announcements, Images } from "../core/ports.ts";
import { task } from "../core/task.ts";

/** Makes the candidate an image that others may use, and tells those who want to know. */
export const publishImage = (images: Images, announcements: Announcements) =>
  task(PublishImage, async ({ imageId }) => {
    const { bake, name } = await images.publish(imageId);
    const outcome = "published" as const;
    const at = new Date().toISOString();
    await announcements.announce({ version: 1, id: bake, outcome, bake, name, imageId, at });
    return { imageId, name };
  });
