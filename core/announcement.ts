import * as z from "zod";
import { BakeId, ImageId } from "./ids.ts";

/**
 * What subscribers are told of a bake, at least once each: `id` is the same when it is told again.
 * The format that docs/announcement.schema.json describes.
 */
export const Announcement = z.discriminatedUnion("outcome", [
  z.strictObject({
    version: z.literal(1),
    id: z.string(),
    outcome: z.literal("published"),
    bake: BakeId,
    /** The recipe's name. */
    name: z.string(),
    imageId: ImageId,
    /** ISO 8601. */
    at: z.iso.datetime(),
  }),
  z.strictObject({
    version: z.literal(1),
    id: z.string(),
    outcome: z.enum(["failed", "rejected", "stopped"]),
    /** Absent when the recipe was refused before there was a bake. */
    bake: BakeId.optional(),
    /** The recipe's name, or the key of the object that was refused. */
    name: z.string(),
    /** The error's name, as the state machine has it. */
    error: z.string(),
    /** A sentence for the operator; positions in a recipe are `file:line:column`. */
    message: z.string(),
    at: z.iso.datetime(),
  }),
]);
export type Announcement = z.infer<typeof Announcement>;
