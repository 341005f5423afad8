import { byCode, byNumber, type Order } from "./parts.ts";

/** The order of semantic versions, https://semver.org/#spec-item-11, with or without a `v`. */
export const semverOrder: Order = (one, other) => {
  const [a, b] = [partsOf(one), partsOf(other)];
  for (const at of [0, 1, 2]) {
    const order = byNumber(a.numbers[at] ?? "", b.numbers[at] ?? "");
    if (order !== 0) return order;
  }
  return earlyOrder(a.early, b.early);
};

const partsOf = (version: string) => {
  const [plain = ""] = version.replace(/^v/, "").split("+");
  const dash = plain.indexOf("-");
  const numbers = (dash === -1 ? plain : plain.slice(0, dash)).split(".");
  return { numbers, early: dash === -1 ? [] : plain.slice(dash + 1).split(".") };
};

/** A release is after all that came before it; a number is before a word. */
const earlyOrder = (one: readonly string[], other: readonly string[]): number => {
  if (one.length === 0 || other.length === 0) return other.length - one.length;
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const order = identifierOrder(one[at] ?? "", other[at] ?? "");
    if (order !== 0) return order;
  }
  return one.length - other.length;
};

const identifierOrder: Order = (one, other) => {
  const [a, b] = [/^[0-9]+$/.test(one), /^[0-9]+$/.test(other)];
  if (a !== b) return a ? -1 : 1;
  return a ? byNumber(one, other) : byCode(one, other);
};
