import { isMap } from "../recipe/tree.ts";

/**
 * JSON of which there is one for each value: RFC 8785, for what JSON.parse can answer. Names are in
 * the order of their UTF-16 code units, and nothing is between them. A field that is undefined is
 * none, as JSON.stringify has it.
 */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isMap(value)) return scalar(value);
  const fields = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .toSorted((one, other) => (one < other ? -1 : 1));
  return `{${fields.map((name) => `${scalar(name)}:${canonicalJson(value[name])}`).join(",")}}`;
};

/** Half of a surrogate pair stands for no character, so no two programs write it alike. */
const scalar = (value: unknown): string => {
  if (typeof value === "string" && !value.isWellFormed()) {
    throw new TypeError("a text with half of a surrogate pair has no canonical JSON");
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`${value} has no JSON`);
  }
  return JSON.stringify(value);
};
