import * as z from "zod";
import { BakeId, ImageId } from "./ids.ts";
import type { Image } from "./image.ts";
import { Digest } from "./origin.ts";

const version = z.literal(1).describe("Of this format.");
const id = z.string().describe("The same when the same is told again: tell twice-told ones by it.");
const stage = z
  .string()
  .optional()
  .describe("The stage in the AWS account that tells it; absent on one machine, which has none.");
const at = z.iso.datetime().describe("When it was told, in ISO 8601.");

/**
 * What subscribers are told of a bake, at least once each: `id` is the same when it is told again.
 * The format that docs/announcement.schema.json describes.
 */
export const Announcement = z.discriminatedUnion("outcome", [
  z.strictObject({
    version,
    id,
    outcome: z.literal("published"),
    bake: BakeId.describe("The id of the bake."),
    name: z.string().describe("The recipe's name."),
    imageId: ImageId.describe("The image, which may be launched from now on."),
    deprecateAt: z.iso
      .datetime()
      .optional()
      .describe("When the image is deprecated, in ISO 8601, to the minute; absent when never."),
    statement: Digest.optional().describe(
      "SHA-256 of the file of the image's signed statements, docs/provenance.md.",
    ),
    stage,
    at,
  }),
  z.strictObject({
    version,
    id,
    outcome: z
      .enum(["failed", "rejected", "stopped"])
      .describe(
        "`rejected` is an image that failed its tests, or that policy refused: it was removed, or not made at all.",
      ),
    bake: BakeId.optional().describe(
      "The id of the bake; absent when the recipe was refused before there was one.",
    ),
    name: z.string().describe("The recipe's name, or the key of the object that was refused."),
    error: z.string().describe("The error's name, as the state machine has it."),
    message: z
      .string()
      .describe("A sentence for the operator; positions in a recipe are `file:line:column`."),
    stage,
    at,
  }),
]);
export type Announcement = z.infer<typeof Announcement>;

/** What is told of an image that was published: under its bake's id. */
export const publicationOf = (image: Image, at: Date): Announcement => {
  const { bake, name, imageId, deprecateAt, statement } = image;
  return {
    ...{ version: 1, id: bake, outcome: "published", bake, name, imageId },
    ...(deprecateAt && { deprecateAt }),
    ...(statement && { statement }),
    at: at.toISOString(),
  };
};

/** The JSON Schema of announcements, for subscribers; draft 7, as that of recipes is. */
export const announcementJsonSchema = (): Record<string, unknown> => {
  const { $schema, ...schema } = z.toJSONSchema(Announcement, { target: "draft-7" });
  return { $schema, title: "An announcement of Ovenbird's", ...schema };
};
