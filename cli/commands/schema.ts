import { announcementJsonSchema } from "../../core/announcement.ts";
import { policyJsonSchema } from "../../core/operator-policy/json-schema.ts";
import { recipeJsonSchema } from "../../core/recipe/json-schema.ts";
import { printJson } from "../output.ts";

const schemas = {
  recipe: recipeJsonSchema,
  announcement: announcementJsonSchema,
  policy: policyJsonSchema,
};

/** Prints the JSON Schema of recipes or policies, for editors, or of announcements, for subscribers. */
export const schema = async ([document = "recipe"]: string[]): Promise<void> => {
  printJson(schemas[document as keyof typeof schemas]());
};
