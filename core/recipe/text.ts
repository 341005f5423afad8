import { Composer, Lexer, LineCounter, Parser, type Document, type Node } from "yaml";
import { InvalidRecipe, type Problem } from "./invalid-recipe.ts";
import { MAX_DEPTH, MAX_RECIPE_BYTES, tooLarge } from "./limits.ts";
import { syntaxHint } from "./syntax.ts";

/** The nodes of a YAML text, and the places of their offsets. */
export class RecipeText {
  readonly source: string;
  readonly text: string;
  readonly root: Node;
  readonly #lines = new LineCounter();

  constructor(text: string, source: string) {
    this.source = source;
    this.text = text;
    this.#lines.addNewLine(0);
    this.#refuseUnreadable();
    this.root = this.#compose();
  }

  problem(offset: number, message: string, hint: string): Problem {
    const { line, col } = this.#lines.linePos(offset);
    return { source: this.source, line, column: col, message, hint };
  }

  refuse(offset: number, message: string, hint: string): never {
    throw new InvalidRecipe([this.problem(offset, message, hint)]);
  }

  #refuseUnreadable(): void {
    const bytes = Buffer.byteLength(this.text);
    const { message, hint } = tooLarge(bytes);
    if (bytes > MAX_RECIPE_BYTES) this.refuse(0, message, hint);
    // oxlint-disable-next-line no-control-regex -- these characters are what is looked for
    const odd = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.exec(this.text);
    if (odd) this.refuse(0, "this is not a text file", "a recipe is YAML or JSON in UTF-8");
  }

  #compose(): Node {
    const documents = [...this.#documents()];
    const problems = documents.flatMap((document) => this.#syntaxProblems(document));
    if (problems.length > 0) throw new InvalidRecipe(problems);
    const [first, second] = documents;
    if (second) {
      const hint = "a recipe is one document: give each image a file of its own";
      this.refuse(second.range[0], "a second document begins here", hint);
    }
    return first?.contents ?? this.refuse(0, "the file is empty", "a recipe begins with image:");
  }

  /** What `parseAllDocuments` does, stopping as soon as the nesting is too deep to compose. */
  *#documents(): Generator<Document.Parsed> {
    const parser = new Parser(this.#lines.addNewLine);
    const composer = new Composer({ uniqueKeys: false });
    const text = yamlOf(this.text);
    for (const lexeme of new Lexer().lex(text)) {
      for (const token of parser.next(lexeme)) yield* composer.next(token);
      // The stack holds a document and, for each level, a collection.
      if (parser.stack.length > MAX_DEPTH + 2) this.refuseDepth(parser.offset);
    }
    for (const token of parser.end()) yield* composer.next(token);
    yield* composer.end(true, text.length);
  }

  refuseDepth(offset: number): never {
    const message = `this is nested more than ${MAX_DEPTH} levels deep`;
    return this.refuse(offset, message, "a recipe needs eight levels at most");
  }

  /** One problem a line, as the first error of a line begets others. */
  #syntaxProblems({ errors, warnings }: Document.Parsed): Problem[] {
    const byLine = new Map<number, Problem>();
    for (const { pos, code, message } of [...errors, ...warnings]) {
      const what = message.replace(/\.$/, "");
      const problem = this.problem(pos[0], `YAML: ${what}`, syntaxHint(code));
      if (!byLine.has(problem.line)) byLine.set(problem.line, problem);
    }
    return [...byLine.values()];
  }
}

/** JSON may be indented with tabs, and YAML may not; a space for a tab keeps all offsets. */
const yamlOf = (text: string): string => {
  if (!/^\s*\{/.test(text) || !/^[ \t]*\t/m.test(text)) return text;
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return text.replaceAll("\t", " ");
};
