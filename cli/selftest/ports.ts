import type { Image } from "@aws-sdk/client-ec2";
import type { Remainder } from "../../aws/remains.ts";
import type { Place } from "../../aws/whose-account.ts";
import type { Announcement } from "../../core/announcement.ts";
import type { BakeId, ImageId } from "../../core/ids.ts";
import type { Cloud } from "../aws/cloud.ts";

/*
 * What the selftest asks of the world.
 */

/** A stage that was deployed, and what its bakes made. */
export interface TestedStage extends Cloud {
  /** What subscribers of the stage's events were told, the oldest first. */
  told(): Promise<Announcement[]>;
  /** All that is there and carries the stage's tag, and its images' parameters. */
  remains(): Promise<Remainder[]>;
  /** Undefined when there is none of that id. */
  image(imageId: ImageId): Promise<Image | undefined>;
  /** The id that is told as the newest image of a recipe. */
  latest(recipe: string): Promise<string | undefined>;
  /** As the end of its execution does, with the credentials of whoever tests. */
  release(bake: BakeId): Promise<unknown>;
  /** Removes a published image, with all that is behind it. */
  retire(imageId: ImageId): Promise<void>;
  /** Removes the copies of stock images that no image descends from. */
  removeCopies(): Promise<void>;
  /** Removes what was dropped: an event of it that is still to come begins no bake then. */
  emptyRecipes(): Promise<void>;
  /** Removes all objects of the stage's buckets. */
  empty(): Promise<void>;
}

/** Something that is left of a stage. */
export type Left = Pick<Remainder, "kind" | "id">;

/** Where stages come from, and how they go. */
export interface Deployments {
  place: Place;
  /** Throws when it is not whole; there may be a part of it then. */
  deploy(name: string): Promise<void>;
  /** Throws NotFound. */
  open(name: string): Promise<TestedStage>;
  /** Removes the stage or the part of it that is there. Throws when it does not go. */
  remove(name: string): Promise<void>;
  /** What has its name when it was removed. */
  traces(name: string): Promise<Left[]>;
}
