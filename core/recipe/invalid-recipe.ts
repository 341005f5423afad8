/** One thing wrong in a recipe or a template. Lines and columns begin at 1. */
export type Problem = {
  source: string;
  line: number;
  column: number;
  /** What is wrong. */
  message: string;
  /** What would be right. */
  hint?: string;
};

// A terminal's worth: with more than that, mending the first ones is what helps.
const SHOWN = 20;

/** One problem as a line of text: `file:line:column: what is wrong; what would be right`. */
export const problemLine = ({ source, line, column, message, hint }: Problem): string =>
  `${source}:${line}:${column}: ${message}${hint ? `; ${hint}` : ""}`;

/** The recipe, or a template it names, cannot be used as it is written; no retry can help. */
export class InvalidRecipe extends Error {
  static {
    this.prototype.name = "InvalidRecipe";
  }
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const left = sorted.length - SHOWN;
    const lines = sorted.slice(0, SHOWN).map(problemLine);
    super([...lines, ...(left > 0 ? [`and ${left} more`] : [])].join("\n"));
    this.problems = sorted;
  }
}
