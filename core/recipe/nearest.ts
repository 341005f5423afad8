import leven from "leven";
import { either } from "./shape.ts";

// Nobody declares more by hand; a file made to do harm might, to have each compared with each.
const MOST = 200;

/** The candidate a misspelt word most likely means, or undefined when none is close. */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  // A slip in each three letters begun: `nmae` (two) finds `name`, `region` finds nothing.
  const limit = Math.ceil(word.length / 3);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of Iterator.from(candidates).take(MOST)) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = leven(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && distance < (best?.distance ?? Infinity)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
};

// As many as an error can name and still be read.
const SHOWN = 10;

/** The first of some names, for a sentence: `A, B and C`. */
export const named = (names: Iterable<string>): string => {
  const all = [...Iterator.from(names).take(SHOWN + 1)];
  return all.length > SHOWN ? `${all.slice(0, SHOWN).join(", ")} and others` : either(all, "and");
};
