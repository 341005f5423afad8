import { fixupSpdxId } from "@cyclonedx/cyclonedx-library/SPDX";
import { exceptionNames, gnuName, spdxNames } from "./licence-names.ts";

/** What is known of a package's licence. */
export type Licence =
  /** SPDX has a name for every part of it: an id, or an expression of several. */
  | { spdx: string; isId: boolean }
  /** All of these apply; SPDX has a name for some of them at most. */
  | { all: { name: string; spdx?: string }[] };

/** Tells the licence that a database names, in its own words. */
export const licenceFrom = (text: string): Licence => {
  const tree = treeOf(text);
  const whole = tree === undefined ? undefined : render(tree);
  if (whole !== undefined) return { spdx: whole, isId: !whole.includes(" ") };
  if (tree === undefined) return { all: [{ name: text }] };
  const parts = "op" in tree && tree.op === "AND" ? tree.parts : [tree];
  const named = parts.map((part) => ({ name: wordsOf(part), spdx: idOf(part) }));
  const known = new Map(named.map((one) => [one.spdx ?? one.name, one]));
  return { all: [...known.values()].map(({ name, spdx }) => ({ name, ...(spdx && { spdx }) })) };
};

type Tree = { words: string } | { op: "AND" | "OR"; parts: Tree[] };

/**
 * `and` binds closer than `or`, and both closer than one after a comma, as Debian has it. Undefined
 * for what is no expression.
 */
const treeOf = (text: string): Tree | undefined => {
  const tokens = text.match(/[()]|,|[^\s(),]+/g) ?? [];
  const tree = chain(tokens, levels);
  return tokens.length === 0 ? tree : undefined;
};

type Operator = readonly [isNext: (tokens: readonly string[]) => number, op: "AND" | "OR"];

const isWord = (token: string | undefined, word: string): boolean => token?.toLowerCase() === word;

/** How many tokens an operator takes, 0 when it is not next. */
const word =
  (name: string) =>
  ([token]: readonly string[]): number =>
    isWord(token, name) ? 1 : 0;

const afterComma =
  (name: string) =>
  ([token, next]: readonly string[]): number =>
    token === "," && isWord(next, name) ? 2 : 0;

const levels: readonly Operator[] = [
  [afterComma("or"), "OR"],
  [afterComma("and"), "AND"],
  [word("or"), "OR"],
  [word("and"), "AND"],
];

const chain = (tokens: string[], [level, ...deeper]: readonly Operator[]): Tree | undefined => {
  if (level === undefined) return atom(tokens);
  const [lengthOf, op] = level;
  const parts: Tree[] = [];
  for (;;) {
    const part = chain(tokens, deeper);
    if (part === undefined) return undefined;
    parts.push(...("op" in part && part.op === op ? part.parts : [part]));
    const length = lengthOf(tokens);
    if (length === 0) break;
    tokens.splice(0, length);
  }
  return parts.length === 1 ? parts[0] : { op, parts };
};

const atom = (tokens: string[]): Tree | undefined => {
  if (tokens[0] === "(") {
    tokens.shift();
    const inner = chain(tokens, levels);
    return tokens.shift() === ")" ? inner : undefined;
  }
  const end = tokens.findIndex((token) => /^(?:and|or|[(),])$/i.test(token));
  const words = tokens.splice(0, end === -1 ? tokens.length : end).join(" ");
  return words === "" ? undefined : { words };
};

/** SPDX's expression of it; undefined when there is a part that SPDX has no name for. */
const render = (tree: Tree, within?: "AND" | "OR"): string | undefined => {
  if ("words" in tree) return idOf(tree);
  const parts = tree.parts.map((part) => render(part, tree.op));
  if (!parts.every((part) => part !== undefined)) return undefined;
  const distinct = [...new Set(parts)];
  const whole = distinct.join(` ${tree.op} `);
  return tree.op === "OR" && within === "AND" && distinct.length > 1 ? `(${whole})` : whole;
};

const wordsOf = (tree: Tree): string => {
  if ("words" in tree) return tree.words;
  const parts = tree.parts.map((part) => ("op" in part ? `(${wordsOf(part)})` : part.words));
  return parts.join(` ${tree.op.toLowerCase()} `);
};

/** SPDX's name of one licence, with its exception where it has one. */
const idOf = (tree: Tree): string | undefined => {
  if (!("words" in tree)) return undefined;
  const [name = "", ...exceptions] = tree.words.split(/ with /i);
  const id = gnuName(name) ?? spdxNames.get(name.toLowerCase()) ?? fixupSpdxId(name);
  if (id === undefined || exceptions.length === 0) return id;
  const exception = exceptionOf(exceptions.join(" "));
  return exception === undefined ? undefined : `${id} WITH ${exception}`;
};

const exceptionOf = (text: string): string | undefined => {
  const exact = [...exceptionNames.values()].find(
    (name) => name.toLowerCase() === text.toLowerCase(),
  );
  return exact ?? exceptionNames.get(text.toLowerCase().replace(/ exceptions?$/, ""));
};
