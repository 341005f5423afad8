import { PublishImage } from "../core/contract.ts";
import type { Images } from "../core/ports.ts";
import { task } from "../core/task.ts";

/** Makes the candidate an image that others may use. */
export const publishImage = (images: Images) =>
  task(PublishImage, async ({ imageId }) => {
    const { name } = await images.publish(imageId);
    return { imageId, name };
  });
