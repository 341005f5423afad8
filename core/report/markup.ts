import { shownName } from "../inventory/names.ts";

/*
 * Text of a page. What an image is made of may be called anything, so whatever is put into a
 * template is escaped, by construction: there is no other way to make markup.
 */

/** Markup, made by `markup` alone. */
class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type { Markup };

/** What a template takes: nothing is for what is undefined. */
export type Part = Markup | string | number | undefined | readonly Part[];

/** Markup of a template: texts in it are escaped, markup and lists of it are taken as they are. */
export const markup = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(strings.reduce((text, string, at) => `${text}${textOf(parts[at - 1])}${string}`));

const textOf = (part: Part): string => {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return part.map(textOf).join("");
};

/** Characters of one text: a longer one is no name, and nobody reads it. */
const longest = 2000;

/** What would not show, turn the text around it, or drive a terminal, is written as an escape. */
const escaped = (text: string): string => {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return shownName(cut.toWellFormed()).replaceAll(/[&<>"']/g, (found) => entities[found] ?? found);
};

const entities: Readonly<Record<string, string>> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" },
};

/** Nothing, as a part. */
export const nothing = markup``;

/** Text of several lines: of more than one, those after the first are a list. */
export const inLines = (text: string): Markup => {
  const [first = "", ...rest] = text.trimEnd().split("\n");
  const items = rest.map((line) => markup`<li>${line}</li>`);
  return markup`<p>${first}</p>${items.length === 0 ? nothing : markup`<ul>${items}</ul>`}`;
};
