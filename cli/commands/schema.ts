import { announcementJsonSchema } from "../../core/announcement.ts";
import { recipeJsonSchema } from "../../core/recipe/json-schema.ts";
import { printJson } from "../output.ts";

/** Prints the JSON Schema of recipes, for editors, or of announcements, for subscribers. */
export const schema = async ([document]: string[]): Promise<void> => {
  printJson(document === "announcement" ? announcementJsonSchema() : recipeJsonSchema());
};
