import { Buffer } from "node:buffer";

/** What stands in every secret of a kind. */
export interface Anchor<Kind> {
  text: string;
  kind: Kind;
}

/** Finds, from a place on, the next of the anchors; its end is where to go on. */
export type Finder<Kind> = (
  bytes: Uint8Array,
  from: number,
) => { at: number; end: number; kind: Kind } | undefined;

/** Bytes of an anchor that are looked at in the first place; none may be shorter. */
const window = 4;

/**
 * Looks for all anchors in one go, by Wu and Manber's way ("A fast algorithm for multi-pattern
 * searching", 1994): the last two bytes of a window tell how far no anchor can end, which in text
 * is mostly three bytes. More anchors do not make it slower.
 */
export const finderOf = <Kind>(anchors: readonly Anchor<Kind>[]): Finder<Kind> => {
  const steps = new Uint8Array(0x10000).fill(window - 1);
  const begins = new Uint8Array(0x10000);
  const known = anchors.map(({ text, kind }) => ({ bytes: Buffer.from(text, "latin1"), kind }));
  for (const { bytes } of known) {
    if (bytes.length < window) throw new Error(`an anchor has ${window} bytes or more`);
    begins[pairAt(bytes, 1)] = 1;
    for (let last = 1; last < window; last++) {
      const pair = pairAt(bytes, last);
      steps[pair] = Math.min(steps[pair] ?? 0, window - 1 - last);
    }
  }
  const byPair = Map.groupBy(known, ({ bytes }) => pairAt(bytes, window - 1));
  return (bytes, from) => {
    for (let at = candidate(bytes, from, steps, begins); at !== -1;) {
      const ends = byPair.get(pairAt(bytes, at + window - 1));
      const one = ends?.find(({ bytes: anchor }) => isAt(bytes, at, anchor));
      if (one !== undefined) return { at, end: at + one.bytes.length, kind: one.kind };
      at = candidate(bytes, at + 1, steps, begins);
    }
    return undefined;
  };
};

/**
 * Where a window begins and ends like an anchor's; -1 when none does. One of a hundred ends like
 * one, and hardly any of them begins like one. It runs over every byte of text in an image: with a
 * default for what cannot be undefined here it takes twice as long.
 */
const candidate = (
  bytes: Uint8Array,
  from: number,
  steps: Uint8Array,
  begins: Uint8Array,
): number => {
  const { length } = bytes;
  for (let last = from + window - 1; last < length;) {
    const pair = ((bytes[last - 1] as number) << 8) | (bytes[last] as number);
    const step = steps[pair] as number;
    if (step > 0) last += step;
    else if (begins[pairAt(bytes, last - window + 2)] === 1) return last - window + 1;
    else last += 1;
  }
  return -1;
};

const pairAt = (bytes: Uint8Array, last: number): number =>
  ((bytes[last - 1] ?? 0) << 8) | (bytes[last] ?? 0);

const isAt = (bytes: Uint8Array, at: number, anchor: Uint8Array): boolean => {
  for (let index = 0; index < anchor.length; index++) {
    if (bytes[at + index] !== anchor[index]) return false;
  }
  return true;
};
