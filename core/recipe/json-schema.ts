import * as z from "zod";
import { isFilled } from "./references.ts";
import { RecipeFile } from "./schema.ts";
import { isMap } from "./tree.ts";

type Json = Record<string, unknown>;

const record = (value: unknown): Json => (isMap(value) ? value : {});

const isLeaf = (schema: Json): boolean =>
  "pattern" in schema ||
  "enum" in schema ||
  "const" in schema ||
  "maxLength" in schema ||
  ["integer", "number", "boolean"].includes(String(schema["type"]));

const orReference = ({ description, default: fallback, ...schema }: Json): Json => ({
  ...(description === undefined ? {} : { description }),
  ...(fallback === undefined ? {} : { default: fallback }),
  anyOf: [schema, { $ref: "#/definitions/reference" }],
});

/** Lets `${NAME}` stand where the recipe fills it in, which the zod schema leaves to later. */
const withReferences = (schema: unknown, path: PropertyKey[]): unknown => {
  if (!isMap(schema)) return schema;
  if (isLeaf(schema)) return isFilled(path) ? orReference(schema) : schema;
  const result: Json = { ...schema };
  const { properties, items, additionalProperties, anyOf } = schema;
  if (isMap(properties)) {
    result["properties"] = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [
        key,
        withReferences(value, [...path, key]),
      ]),
    );
  }
  if (items !== undefined) result["items"] = withReferences(items, [...path, 0]);
  if (isMap(additionalProperties)) {
    result["additionalProperties"] = withReferences(additionalProperties, [...path, "*"]);
  }
  if (Array.isArray(anyOf)) result["anyOf"] = anyOf.map((branch) => withReferences(branch, path));
  return result;
};

const reference = {
  type: "string",
  pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*\}`,
  description: "A parameter's value.",
};

/** The JSON Schema by which editors complete and check recipes; draft 7, as most of them know it. */
export const recipeJsonSchema = (): Json => {
  const { definitions, ...schema } = z.toJSONSchema(RecipeFile, { io: "input", target: "draft-7" });
  const step = withReferences(record(definitions)["step"], ["image", "configure", 0]);
  const { $schema, ...rest } = record(withReferences(schema, []));
  return { $schema, title: "An Ovenbird recipe", ...rest, definitions: { step, reference } };
};
