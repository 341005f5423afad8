import { recipeJsonSchema } from "../../core/recipe/json-schema.ts";
import { printJson } from "../output.ts";

/** Prints the JSON Schema by which editors complete and check recipes. */
export const schema = async (): Promise<void> => {
  printJson(recipeJsonSchema());
};
