import { markup, type Markup, nothing } from "../markup.ts";
import { grouped } from "../units.ts";

/** Rows of a table: whoever opens the page has to lay them out. */
const mostRows = 10_000;

/** Rows of what there is, at most so many that the page opens, and a sentence on the rest. */
export const bounded = <One>(
  all: readonly One[],
  row: (one: One) => Markup,
): { rows: Markup[]; rest: Markup } => {
  const over = all.length - mostRows;
  return {
    rows: all.slice(0, mostRows).map(row),
    rest:
      over <= 0
        ? nothing
        : markup`<p>${grouped(over)} more are not on this page; the inventory has them all.</p>`,
  };
};
