import { markup, type Markup } from "../markup.ts";

/** Above so many rows a table has a field to search it by. */
export const searchable = 12;

/**
 * A field that leaves of a table's rows those that have all words that are typed. It is hidden
 * until the script of the page shows it: without that it would do nothing.
 */
export const filterFor = (table: string, noun: string): Markup =>
  markup`<div class="filter" data-filter="${table}" data-noun="${noun}" hidden>
<label for="${table}-search">Search ${noun}</label>
<input id="${table}-search" type="search" autocomplete="off" spellcheck="false" aria-controls="${table}">
<p class="count" role="status" aria-live="polite"></p>
</div>`;
