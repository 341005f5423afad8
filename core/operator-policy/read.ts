import { explain, flatten } from "../recipe/explain.ts";
import { InvalidRecipe } from "../recipe/invalid-recipe.ts";
import { Places } from "../recipe/places.ts";
import { PlainValue } from "../recipe/plain.ts";
import { RecipeText } from "../recipe/text.ts";
import { type OperatorPolicy, PolicyFile } from "./schema.ts";

/**
 * Reads a policy's text, YAML or JSON; `source` is its name for errors, which come all at once, as
 * InvalidRecipe. A policy that cannot be read allows nothing: whoever asks for it gets the error.
 */
export const parsePolicy = (text: string, source: string): OperatorPolicy => {
  refuseEmpty(text, source);
  const policyText = new RecipeText(text, source);
  const plain = new PlainValue(policyText);
  const places = new Places(policyText, plain);
  const { data, error } = PolicyFile.safeParse(plain.value, { error: () => "" });
  if (data !== undefined) return data.policy;
  const complaints = error.issues
    .flatMap(flatten)
    .flatMap((issue) => explain(issue, plain.value))
    .map((complaint) => places.problem(complaint));
  throw new InvalidRecipe(complaints);
};

const refuseEmpty = (text: string, source: string): void => {
  if (text.trim() !== "") return;
  const message = "the file is empty";
  const hint = "a policy begins with policy:, as in policy: {images: [web-*]}";
  throw new InvalidRecipe([{ source, line: 1, column: 1, message, hint }]);
};
