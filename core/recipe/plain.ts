import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import { InvalidRecipe, type Problem } from "./invalid-recipe.ts";
import { MAX_DEPTH, MAX_EXPANSION } from "./limits.ts";
import type { RecipeText } from "./text.ts";

const offsetOf = (node: unknown): number => {
  const range: unknown =
    typeof node === "object" && node && "range" in node ? node.range : undefined;
  return Array.isArray(range) ? Number(range[0]) : 0;
};

/** A scalar key's text, or undefined for a key that is none. */
export const keyText = ({ key }: Pair): string | undefined => {
  if (key === null) return "";
  return isScalar(key) ? (key.source ?? String(key.value)) : undefined;
};

/**
 * Turns YAML nodes into plain values. `yaml` can do so as well, but compares each key with every
 * other one, and finds the anchor of each alias by a walk of its own: both are slow on purpose-made
 * input, and neither says where a repeated key was first.
 */
export class PlainValue {
  readonly #text: RecipeText;
  readonly #anchors = new Map<string, Node>();
  readonly #problems: Problem[] = [];
  /** The node each alias stands for. */
  readonly targets = new Map<Alias, Node>();
  readonly value: unknown;
  /** The outermost alias whose value is being made. */
  #expanding: Alias | undefined;
  #expanded = 0;

  constructor(text: RecipeText) {
    this.#text = text;
    this.value = this.#of(text.root, 0);
    if (this.#problems.length > 0) throw new InvalidRecipe(this.#problems);
  }

  #complain(node: unknown, message: string, hint: string): void {
    this.#problems.push(this.#text.problem(offsetOf(node), message, hint));
  }

  #of(node: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) this.#text.refuseDepth(offsetOf(node));
    if (isAlias(node)) return this.#ofAlias(node, depth);
    this.#anchor(node);
    this.#count(1);
    if (isMap(node)) return this.#ofMap(node, depth);
    if (isSeq(node)) return node.items.map((item) => this.#of(item, depth + 1));
    if (!isScalar(node)) return null;
    if (typeof node.value === "string") {
      this.#count(node.value.length);
      if (node.value.includes("\0")) {
        this.#complain(node, "this text holds a NUL character", "leave the \\0 out");
      }
    }
    return node.value;
  }

  #anchor(node: unknown): void {
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
  }

  #count(amount: number): void {
    if (this.#expanding === undefined) return;
    this.#expanded += amount;
    if (this.#expanded <= MAX_EXPANSION) return;
    const message = `the aliases repeat more than ${MAX_EXPANSION} characters (1 MiB)`;
    this.#text.refuse(
      offsetOf(this.#expanding),
      message,
      "write out what is repeated, or repeat less",
    );
  }

  #ofAlias(alias: Alias, depth: number): unknown {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      const hint = `put &${alias.source} before what it stands for, or quote it`;
      this.#complain(alias, `no anchor ${alias.source} comes before this alias`, hint);
      return null;
    }
    this.targets.set(alias, target);
    const outer = this.#expanding;
    this.#expanding ??= alias;
    const value = this.#of(target, depth + 1);
    this.#expanding = outer;
    return value;
  }

  #ofMap(map: YAMLMap, depth: number): unknown {
    const first = new Map<string, unknown>();
    const entries = map.items.map((pair): [string, unknown] => {
      this.#anchor(pair.key);
      const key = keyText(pair);
      if (key === undefined || key === "__proto__") {
        this.#complain(pair.key, "this cannot be a key", "a key is a word of plain text");
        return ["", null];
      }
      if (first.has(key)) this.#repeated(key, pair.key, first.get(key));
      else first.set(key, pair.key);
      return [key, this.#of(pair.value, depth + 1)];
    });
    return Object.fromEntries(entries);
  }

  #repeated(key: string, node: unknown, first: unknown): void {
    // An alias brings the same map, and the same mistake, again.
    if (this.#expanding) return;
    const { line } = this.#text.problem(offsetOf(first), "", "");
    const hint = `keep one of them; the first is on line ${line}`;
    this.#complain(node, `the key ${JSON.stringify(key)} is given twice`, hint);
  }
}
