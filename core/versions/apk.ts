import { byCode, byNumber, type Order } from "./parts.ts";

/*
 * The order of apk's versions: apk_version_compare() of apk-tools' src/version.c.
 * `number{.number}[letter]{_suffix[number]}[~hash][-rN]`
 */

/** What a piece of a version is; the later of two kinds is the less, where versions part. */
const kinds = ["number", "letter", "suffix", "suffix-number", "hash", "revision", "end"] as const;

interface Piece {
  kind: (typeof kinds)[number];
  text: string;
}

/** Suffixes before the version itself, and those after it. */
const early = ["alpha", "beta", "pre", "rc"];
const late = ["cvs", "svn", "git", "hg", "p"];

/** The order of apk's versions. Takes any text; where one makes no sense, it ends there. */
export const apkOrder: Order = (one, other) => {
  const [a, b] = [[...piecesOf(one)], [...piecesOf(other)]];
  for (let at = 0; ; at++) {
    const [left = end, right = end] = [a[at], b[at]];
    if (left.kind !== right.kind) return kindOrder(left, right);
    if (left.kind === "end") return 0;
    const order = pieceOrder(left, right, at === 0);
    if (order !== 0) return order;
  }
};

const end: Piece = { kind: "end", text: "" };

const forms: readonly [Piece["kind"], RegExp][] = [
  ["number", /^\.?([0-9]+)/],
  ["letter", /^([a-z])(?![a-z])/],
  ["suffix", /^_(alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z])/],
  ["hash", /^~([0-9a-f]+)/],
  ["revision", /^-r([0-9]+)$/],
];

function* piecesOf(version: string): Generator<Piece> {
  for (let rest = version; rest !== "";) {
    const found = forms.flatMap(([kind, form]) => {
      const [all, text] = form.exec(rest) ?? [];
      return all === undefined || text === undefined ? [] : [{ kind, text, length: all.length }];
    })[0];
    if (found === undefined) return;
    yield { kind: found.kind, text: found.text };
    rest = rest.slice(found.length);
    if (found.kind !== "suffix") continue;
    const number = /^[0-9]+/.exec(rest)?.[0] ?? "";
    if (number !== "") yield { kind: "suffix-number", text: number };
    rest = rest.slice(number.length);
  }
}

const pieceOrder = (one: Piece, other: Piece, isFirst: boolean): number => {
  const [a, b] = [one.text, other.text];
  if (one.kind === "suffix") return suffixWeight(a) - suffixWeight(b);
  if (one.kind === "letter" || one.kind === "hash") return byCode(a, b);
  // like what comes after a decimal point
  const isFraction = one.kind === "number" && !isFirst && (a[0] === "0" || b[0] === "0");
  return isFraction ? byCode(a, b) : byNumber(a, b);
};

const suffixWeight = (suffix: string): number =>
  early.includes(suffix) ? early.indexOf(suffix) - early.length : late.indexOf(suffix);

const isEarly = ({ kind, text }: Piece): boolean => kind === "suffix" && early.includes(text);

const kindOrder = (one: Piece, other: Piece): number => {
  if (isEarly(one)) return -1;
  if (isEarly(other)) return 1;
  return kinds.indexOf(other.kind) - kinds.indexOf(one.kind);
};
