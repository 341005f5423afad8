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
import type { Complaint } from "./explain.ts";
import type { Problem } from "./invalid-recipe.ts";
import { keyText, type PlainValue } from "./plain.ts";
import { referencesIn } from "./references.ts";
import type { RecipeText } from "./text.ts";
import type { Path } from "./tree.ts";

type Found = { key: Node | undefined; value: Node | undefined; whole: boolean };

const asNode = (node: unknown): Node | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node : undefined;

// Nothing is written where a key has no value: the key is what can be pointed at.
const isNothing = (node: Node | undefined): boolean => isScalar(node) && node.source === "";

/** Finds the places in a recipe's text of what is in its value. */
export class Places {
  readonly #text: RecipeText;
  readonly #targets: ReadonlyMap<Alias, Node>;
  // Many problems in one large map must not mean as many searches through it.
  readonly #indexes = new WeakMap<YAMLMap, Map<string, Pair>>();

  constructor(text: RecipeText, { targets }: PlainValue) {
    this.#text = text;
    this.#targets = targets;
  }

  /** A complaint at its place: of what is not there, the nearest parent's. */
  problem({ path, on, message, hint }: Complaint): Problem {
    const { key, value, whole } = this.#find(path);
    const node = whole && on === "value" && !isNothing(value) ? (value ?? key) : (key ?? value);
    return this.#text.problem(node?.range?.[0] ?? 0, message, hint);
  }

  /** Complaints about some of the `${…}` of the text at a path, each at its very place if it shows. */
  inText(path: Path, complaints: readonly (Complaint | undefined)[]): Problem[] {
    const [start, end] = this.#find(path).value?.range ?? [0, 0];
    const written = referencesIn(this.#text.text.slice(start, end));
    // Unless an alias or an escape hides one: then there are fewer to see than the value has.
    const isShown = written.length === complaints.length;
    return complaints.flatMap((complaint, nth) => {
      if (!complaint) return [];
      const offset = start + (isShown ? (written[nth]?.start ?? 0) : 0);
      return [this.#text.problem(offset, complaint.message, complaint.hint)];
    });
  }

  #target(node: Node | undefined): Node | undefined {
    return isAlias(node) ? this.#targets.get(node) : node;
  }

  #pair(map: YAMLMap, name: string): Pair | undefined {
    let index = this.#indexes.get(map);
    if (!index) {
      index = new Map(map.items.map((pair) => [keyText(pair) ?? "", pair]));
      this.#indexes.set(map, index);
    }
    return index.get(name);
  }

  #find(path: Path): Found {
    let found: Found = { key: undefined, value: this.#text.root, whole: true };
    for (const segment of path) {
      const node = this.#target(found.value);
      const pair = isMap(node) ? this.#pair(node, String(segment)) : undefined;
      const item = isSeq(node) ? asNode(node.items[Number(segment)]) : undefined;
      if (pair) found = { key: asNode(pair.key), value: asNode(pair.value), whole: true };
      else if (item) found = { key: undefined, value: item, whole: true };
      else return { ...found, whole: false };
    }
    return found;
  }
}
