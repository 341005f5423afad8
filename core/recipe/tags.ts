import * as z from "zod";
import { pattern } from "./shape.ts";

const TagKey = pattern(
  /^(?![aA][wW][sS]:|ovenbird:)[^\p{Cc}]{1,128}$/u,
  'a tag\'s key is 1 to 128 characters, and those that begin with "aws:" or "ovenbird:" are reserved',
);
const TAG = "a tag's value is text of at most 256 characters";

/** EC2 takes 50 on a resource, and a bake gives an image nine: aws/tags.ts, with `Name`. */
export const MOST_TAGS = 41;

/** What is said of too many. */
export const tooManyTags = (count: number) => ({
  message: `${count} tags are given`,
  hint: `give at most ${MOST_TAGS}: EC2 takes 50, and the bake adds 9 of its own`,
});

export const Tags = z
  .record(TagKey, z.string({ error: TAG }).max(256, { error: TAG }), {
    error: "write a map from a tag's key to its value",
  })
  .superRefine((tags, context) => {
    const count = Object.keys(tags).length;
    if (count <= MOST_TAGS) return;
    const { message, hint } = tooManyTags(count);
    context.addIssue({ code: "custom", message, params: { hint } });
  });
