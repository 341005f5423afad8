import { byNumber, type Order } from "./parts.ts";

/*
 * deb-version(7), and verrevcmp() of dpkg's lib/dpkg/version.c, which it describes. Own code: the
 * package registry has no comparison of rpm's and apk's versions, so one for dpkg alone would not
 * spare the tests.
 */

/** The order of dpkg's versions: `[epoch:]upstream[-revision]`. Takes any text as a version. */
export const dpkgOrder: Order = (one, other) => {
  const [a, b] = [partsOf(one), partsOf(other)];
  return (
    byNumber(a.epoch, b.epoch) ||
    partOrder(a.upstream, b.upstream) ||
    partOrder(a.revision, b.revision)
  );
};

const partsOf = (version: string) => {
  const colon = /^[0-9]+:/.exec(version)?.[0].length ?? 0;
  const dash = version.lastIndexOf("-");
  const isRevised = dash >= colon;
  return {
    epoch: version.slice(0, Math.max(colon - 1, 0)),
    upstream: version.slice(colon, isRevised ? dash : undefined),
    revision: isRevised ? version.slice(dash + 1) : "",
  };
};

/** By turns what is no digits, character by character, and numbers. */
const partOrder: Order = (one, other) => {
  let [a, b] = [one, other];
  while (a !== "" || b !== "") {
    const [, wordA = "", numberA = "", restA = ""] = alternating.exec(a) ?? [];
    const [, wordB = "", numberB = "", restB = ""] = alternating.exec(b) ?? [];
    const order = wordOrder(wordA, wordB) || byNumber(numberA, numberB);
    if (order !== 0) return order;
    [a, b] = [restA, restB];
  }
  return 0;
};

const alternating = /^([^0-9]*)([0-9]*)(.*)$/s;

const wordOrder: Order = (one, other) => {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const order = weight(one[at]) - weight(other[at]);
    if (order !== 0) return order;
  }
  return 0;
};

/** A tilde is before the end, the end before letters, letters before all else. */
const weight = (character: string | undefined): number => {
  if (character === undefined) return 0;
  if (character === "~") return -1;
  return character.charCodeAt(0) + (/[A-Za-z]/.test(character) ? 0 : 256);
};
