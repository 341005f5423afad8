import { markup, type Markup, nothing, type Part } from "../markup.ts";

/** Names with what they are: those that are undefined are left out. */
export const factsList = (facts: readonly (readonly [name: string, value: Part])[]): Markup => {
  const known = facts.filter(([, value]) => value !== undefined && value !== "");
  if (known.length === 0) return nothing;
  return markup`<dl class="facts">${known.map(
    ([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
};

/** An id, a digest or a path. */
export const code = (text: string | undefined): Markup | undefined =>
  text === undefined ? undefined : markup`<code>${text}</code>`;
